/** Places are looked up in the sources as they were written, and in no other files. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { excerptOf } from "../../lib/stacktrace/excerpt.js";
import { shortPath } from "../../lib/stacktrace/files.js";
import { sourceReader } from "../../lib/stacktrace/source.js";

mkdirSync(".build", { recursive: true });
const inside = mkdtempSync(join(realpathSync(".build"), "stacktrace-"));
const outside = mkdtempSync(join(tmpdir(), "stacktrace-"));
test.after(() => {
  for (const folder of [inside, outside]) rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string, folder = inside): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const at = (file: string, line = 1, column = 1) => sourceReader()({ name: "show", file, line, column });

const typescript =
  "type User = {\n  name: string;\n};\n\nexport function fail(user?: User) {\n  return user!.name;\n}\n";
const compiled = (sourcemap: "inline" | "external") =>
  transformSync(typescript, { loader: "ts", sourcemap, sourcefile: "user.ts" });

/** Where the property is read in what was compiled. */
const placeIn = (code: string): [number, number] => {
  const line = code.split("\n").findIndex((text) => text.includes("user.name"));
  return [line + 1, code.split("\n")[line]!.indexOf(".name") + 2];
};

const original = { name: "show", file: join(inside, "user.ts"), line: 6 };

test("a file without a map is shown as it is", () => {
  const file = write("plain.js", "one\ntwo\r\nthree");
  assert.equal(at(file, 2, 3), { name: "show", file, line: 2, column: 3, lines: ["one", "two", "three"] });
});

test("a map in the file itself leads to the source as it was written", () => {
  const { code } = compiled("inline");
  const { column, lines, ...place } = at(write("inline.js", code), ...placeIn(code));
  assert.equal(place, original);
  assert.is(lines?.[5], "  return user!.name;");
});

test("a map beside the file does, too, with the source in it or on the disk", () => {
  const { code, map } = compiled("external");
  const file = write("beside.js", `${code}//# sourceMappingURL=beside.js.map\n`);
  write("beside.js.map", map);
  assert.is(at(file, ...placeIn(code)).lines?.[5], "  return user!.name;");
  write("beside.js.map", JSON.stringify({ ...JSON.parse(map), sourcesContent: undefined }));
  assert.is(at(file, ...placeIn(code)).lines, undefined);
  write("user.ts", typescript);
  assert.is(at(file, ...placeIn(code)).lines?.[5], "  return user!.name;");
});

test("a map of data that is not in base64, with a root or a file's URL", () => {
  const { code, map } = compiled("external");
  const rooted = { ...JSON.parse(map), sourceRoot: "src/" };
  const data = (payload: object) =>
    `${code}//# sourceMappingURL=data:application/json,${encodeURIComponent(JSON.stringify(payload))}`;
  assert.is(at(write("root.js", data(rooted)), ...placeIn(code)).file, join(inside, "src/user.ts"));
  const located = { ...JSON.parse(map), sources: [`file://${inside}/there.ts`] };
  assert.is(at(write("url.js", data(located)), ...placeIn(code)).file, join(inside, "there.ts"));
});

test("a map that cannot be read is as good as none", () => {
  for (const address of [
    "data:application/json,{",
    "none.map",
    "user.ts",
    "%zz",
    "data:",
    "../../package.json",
  ]) {
    const file = write("broken.js", `one\n//# sourceMappingURL=${address}`);
    assert.is(at(file).lines?.[0], "one", address);
    assert.is(at(file).file, file);
  }
  const empty = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });
  const file = write(
    "empty.js",
    `one\n//# sourceMappingURL=data:application/json,${encodeURIComponent(empty)}`,
  );
  assert.is(at(file).lines?.[0], "one");
});

test("files outside, of packages and of other kinds are never shown, also where links lead there", () => {
  const secret = write("secret.js", "secret", outside);
  symlinkSync(secret, join(inside, "link.js"));
  mkdirSync(join(inside, "node_modules"));
  mkdirSync(join(inside, "folder.js"));
  const files = [
    secret,
    join(inside, "link.js"),
    `${inside}/../../../../../../../..${secret}`,
    write("node_modules/package.js", "secret"),
    write(".env", "secret"),
    write("key.json", "secret"),
    join(inside, "folder.js"),
    join(inside, "none.js"),
    "/etc/passwd",
    "relative.js",
    "node:fs",
    "",
  ];
  for (const file of files) assert.is(at(file).lines, undefined, file);
});

test("a map cannot lead to other files", () => {
  const secret = write("other.js", "secret", outside);
  const { code, map } = compiled("external");
  for (const source of [secret, `file://${secret}`, ".env", "node_modules/package.js"]) {
    const payload = { ...JSON.parse(map), sources: [source], sourcesContent: undefined };
    const data = Buffer.from(JSON.stringify(payload)).toString("base64");
    const file = write("leading.js", `${code}//# sourceMappingURL=data:application/json;base64,${data}`);
    assert.is(at(file, ...placeIn(code)).lines, undefined, source);
  }
  const bundled = { ...JSON.parse(map), sources: ["node_modules/package.ts"] };
  const data = encodeURIComponent(JSON.stringify(bundled));
  const bundle = write("bundle.js", `${code}//# sourceMappingURL=data:application/json,${data}`);
  assert.is(at(bundle, ...placeIn(code)).lines, undefined);
  write("outside.map", map, outside);
  const file = write("far.js", `${code}//# sourceMappingURL=${join(outside, "outside.map")}`);
  assert.is(at(file, ...placeIn(code)).file, file);
});

test("paths are as short as they can be said from here", () => {
  assert.is(shortPath(join(process.cwd(), "lib/a.ts")), "lib/a.ts");
  assert.is(shortPath("/elsewhere/a.ts"), "/elsewhere/a.ts");
  assert.is(shortPath("node:fs"), "node:fs");
});

const numbered = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`);
const excerpt = (line: number, lines: readonly string[] = numbered) =>
  excerptOf({ name: "", file: "", column: 1, line, lines });

test("an excerpt is the line and five before and after, as far as there are", () => {
  assert.equal(
    excerpt(10).map(({ number }) => number),
    [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  );
  assert.equal(
    excerpt(10).filter(({ isMarked }) => isMarked),
    [{ number: 10, code: "line 10", isMarked: true }],
  );
  assert.equal([excerpt(1)[0]?.number, excerpt(20).at(-1)?.number], [1, 20]);
});

test("there is no excerpt where there is no such line, and none of a whole bundle", () => {
  assert.equal([excerpt(0), excerpt(21), excerpt(1, [])], [[], [], []]);
  assert.is(excerpt(1, ["x".repeat(1000)])[0]?.code.length, 301);
});

test.run();
