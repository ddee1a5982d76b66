/** Nothing outside a folder is ever found, whatever the path and whatever lies around it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { serveFile } from "../../lib/file.js";
import { find, folderOf } from "../../lib/files/find.js";
import { withFiles } from "../../lib/middleware/files.js";
import type { FileBody, Response } from "../../lib/types.js";

const folder = mkdtempSync(join(tmpdir(), "composure-find-"));
const root = join(folder, "pub");
test.after(() => rmSync(folder, { recursive: true }));

/** The files inside say so, the others are secret. */
for (const path of [
  "a",
  "b.txt",
  "index.html",
  "sub/a",
  "sub/index.html",
  "sub/sub/b.txt",
  "..b",
  "sub/é",
  "%2e%2e",
]) {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), `open ${path}`);
}
for (const path of [
  "a",
  "secret",
  "public/a",
  "pub2/index.html",
  "pub.txt",
  "sub/a",
  "pub/.env",
  "pub/.git/a",
]) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), "secret");
}
const links = {
  out: "..",
  "sub/out": "../../secret",
  "sub/in": "../b.txt",
  beside: "../public",
  "a.br": "../secret",
};
for (const [path, target] of Object.entries({ ...links, loop: "loop", here: "." })) {
  symlinkSync(target, join(root, path));
}

const there = ["a", "b.txt", "sub", "out", "in", "here", "beside", "secret", "public", "pub", ""];
const odd = [
  "loop",
  ".env",
  ".git",
  ".",
  "..",
  "...",
  "..b",
  "%2e%2e",
  "%2E.",
  "%252e%252e",
  "%00",
  "é",
  "\\",
  "~",
];
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...there) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
);
const separator = fc.oneof(
  { weight: 6, arbitrary: fc.constant("/") },
  { weight: 1, arbitrary: fc.constantFrom("//", "%2F", "%2f", "\\", "%5C", "/./", "/../", "/%2e%2e/") },
);
const path = fc
  .array(fc.tuple(separator, name), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.flat().join("").replace(/^\/+/, "")}`);

/**
 * What a simple server would do, step by step: a name is a file's that says it is open, or nothing is served. Links
 * are followed by Node, and only what says that it is open is inside.
 */
function naive(uri: string): string | undefined {
  const names = uri.slice(1).split("/").map(decodeURIComponent);
  if (names.some((name) => /[/\\\0]/.test(name) || name.startsWith("."))) return undefined;
  if (names.slice(0, -1).includes("")) return undefined;
  try {
    const asked = names.at(-1) === "" ? [...names, "index.html"] : names;
    const text = readFileSync(`${root}/${asked.join("/")}`, "utf8");
    return text.startsWith("open ") ? text : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (response: Response | null): string | undefined =>
  response?.status === 200 ? readFileSync((response.body as FileBody).file, "utf8") : undefined;

const handlers = [false, true].map((dotfiles) => withFiles(root, { dotfiles })(() => null));

test("withFiles serves what lies inside and is not hidden, and nothing else", () =>
  fc.assert(
    fc.asyncProperty(path, async (uri) => {
      const headers = { "accept-encoding": "br, gzip" };
      const response = await handlers[0]?.({ method: "GET", uri, headers });
      assert.is(textOf(response as Response | null), naive(uri), uri);
    }),
    { numRuns: 2000 },
  ));

test("with hidden files it still serves nothing from outside", () =>
  fc.assert(
    fc.asyncProperty(path, async (uri) => {
      const response = (await handlers[1]?.({ method: "GET", uri, headers: {} })) as Response | null;
      if (response?.status === 200) assert.ok((response.body as FileBody).file.startsWith(`${root}/`), uri);
    }),
    { numRuns: 1000 },
  ));

test("neither does serveFile", () =>
  fc.assert(
    fc.asyncProperty(path, async (uri) => {
      const found = await serveFile(root, decodeURIComponent(uri.slice(1)));
      if (found !== null) assert.match(readFileSync(found.file, "utf8"), /^open /, uri);
    }),
    { numRuns: 1000 },
  ));

test("a failure that does not mean that there is nothing is a failure", async () => {
  try {
    await find(root, "a\0");
    assert.unreachable();
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, "ERR_INVALID_ARG_VALUE");
  }
});

test("a folder is a path or a file: URL", () => {
  assert.is(folderOf("x", "a"), "a");
  assert.is(folderOf("x", new URL("file:///a%20b")), "/a b");
  for (const none of ["", 5, undefined, new URL("http://a/b")]) {
    assert.throws(() => folderOf("x", none as string), /^x: expected a folder first, got/);
  }
});

test.run();
