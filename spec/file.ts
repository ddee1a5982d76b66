import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { file, serveFile } from "../lib/file.js";

const test = suite<{ root: string; public: string }>("files");

test.before((context) => {
  context.root = mkdtempSync(join(tmpdir(), "composure-file-"));
  context.public = join(context.root, "public");
  mkdirSync(join(context.public, "sub"), { recursive: true });
  writeFileSync(join(context.public, "a.txt"), "hello");
  writeFileSync(join(context.public, "sub", "b c.txt"), "b");
  writeFileSync(join(context.root, "secret.txt"), "secret");
  symlinkSync(join(context.public, "a.txt"), join(context.public, "inside"));
  symlinkSync(join(context.root, "secret.txt"), join(context.public, "outside"));
  symlinkSync(join(context.public, "loop"), join(context.public, "loop"));
  mkdirSync(join(context.root, "public-too"));
  writeFileSync(join(context.root, "public-too", "x"), "x");
});

test.after((context) => rmSync(context.root, { recursive: true }));

test("a file is named, and not opened", () => {
  assert.is(file("/nowhere/at/all").file, "/nowhere/at/all");
  assert.is(file(new URL("file:///a%20b")).file, "/a b");
});

test("what is no path is refused", () => {
  for (const path of ["", "a\0b", 5, undefined, new URL("http://a/b")]) {
    assert.throws(() => file(path as never), /file: expected a path or a file: URL/);
  }
});

test("serveFile promises the file below the root, with its size", async (context) => {
  const found = await serveFile(context.public, "a.txt");
  assert.equal({ ...found }, { file: join(context.public, "a.txt"), size: 5 });
  assert.is((await serveFile(pathToFileURL(context.public), "sub/b c.txt"))?.size, 1);
  assert.is((await serveFile(context.public, "inside"))?.size, 5);
});

test("there is none outside the root, in a folder, behind a link that leaves, or under an odd name", async (context) => {
  const none = [
    "",
    ".",
    "sub",
    "nothing",
    "../secret.txt",
    "sub/../../secret.txt",
    "../public-too/x",
    "outside",
    "loop",
    "a.txt/x",
    "a\0",
    ".hidden",
    "sub//b c.txt",
    "./a.txt",
    "..\\secret.txt",
    "/../secret.txt",
    undefined,
    "x".repeat(5000),
  ];
  for (const path of none) assert.is(await serveFile(context.public, path), null, String(path));
});

test("a root that is not there is an error, and no missing file", async () => {
  try {
    await serveFile("/nowhere/at/all", "x");
    assert.unreachable();
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, "ENOENT");
  }
});

test.run();
