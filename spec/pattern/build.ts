/** Building paths from parameters: what is built matches, with the same values. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PathValues, pattern } from "../../lib/pattern.js";

const build = (source: string | RegExp, values: unknown = {}) => pattern(source).build(values as PathValues);
const refuses = (source: string | RegExp, values: unknown, message: RegExp) =>
  assert.throws(
    () => build(source, values),
    (error: unknown) => error instanceof TypeError && message.test(error.message),
  );

test("values are put in place, encoded", () => {
  assert.is(build("/user/:id", { id: 42 }), "/user/42");
  assert.is(build("/:a/:b", { a: "é ü", b: "1/2?%" }), "/%C3%A9%20%C3%BC/1%2F2%3F%25");
  assert.is(build("/café"), "/caf%C3%A9");
});

test("a wildcard keeps its slashes", () => {
  assert.is(build("/files/*", { "*": "a b/c?" }), "/files/a%20b/c%3F");
  assert.is(build("/files/*", { "*": "" }), "/files/");
});

test("a name that is there more than once takes an array", () => {
  assert.is(build("/:a/:b/:a", { a: ["1", 3], b: "2" }), "/1/2/3");
  refuses("/:a/:a", { a: "1" }, /an array of 2 strings or numbers as "a", got "1"/);
  refuses("/:a/:a", { a: ["1"] }, /an array of 2 .* got an array of 1/);
  refuses("/:a", { a: ["1", "2"] }, /a string .* as "a", got an array of 2/);
});

test("a host is built too", () => {
  assert.is(build("//:sub.example.com/:a", { sub: "x", a: "B" }), "//x.example.com/B");
  assert.is(build("https://example.com:8080"), "https://example.com:8080/");
  refuses("//:host/", { host: "A" }, /values that fit the pattern, got "\/\/A\/"/);
});

test("a missing value is an error that names it", () => {
  refuses("/user/:id", {}, /build of \/user\/:id: expected a string .* as "id", got undefined/);
  refuses("/:constructor", {}, /as "constructor", got undefined/);
  refuses("/*", { "*": null }, /as "\*", got null/);
  refuses("/:a", { a: Number.NaN }, /got NaN/);
  refuses("/:a", { a: {} }, /got \{\}/);
  refuses("/:a", null, /a map of parameters, got null/);
});

test("a value that would not come back is an error that shows the path", () => {
  refuses("/:a", { a: "" }, /expected values that fit the pattern, got "\/"\. A fitting path/);
  refuses("/:a\\-:b", { a: "1", b: "2-3" }, /got "\/1-2-3"/);
  refuses("/:a:b", { a: "é", b: "é" }, /got "\/%C3%A9%C3%A9"/);
  refuses("/:id{\\d+}", { id: "x" }, /got "\/x"/);
  refuses("/*/b/*", { "*": ["a/b", "c"] }, /got "\/a\/b\/b\/c"/);
});

test("no value leads out of its place in the tree, or to another host", () => {
  for (const value of [".", ".."]) refuses("/:a/b", { a: value }, /got "\/\.+\/b"/);
  for (const value of ["..", "a/../b", "./a", "a/."]) refuses("/files/*", { "*": value }, /no segment/);
  refuses("*", { "*": "../a" }, /no segment/);
  refuses("/%2e:a", { a: "." }, /no segment/);
  refuses("/*", { "*": "/example.com" }, /got "\/\/example.com"/);
  assert.is(build("/:a", { a: "..." }), "/...");
});

test("half a surrogate pair has no place in a path", () => {
  refuses("/:a", { a: "x\ud800" }, /valid Unicode/);
  assert.is(build("/:a", { a: "😀" }), "/%F0%9F%98%80");
});

test("an expression that asks for characters unencoded gets them", () => {
  assert.is(build("/:mail{[^@]+@[^@]+}", { mail: "a b@c" }), "/a%20b@c");
  assert.is(build("/:date{\\d+/\\d+}", { date: "5/2024" }), "/5/2024");
  assert.is(build("/:all{.+}", { all: "a/b" }), "/a%2Fb");
});

test("a RegExp cannot be built", () => {
  refuses(/\/a/, {}, /expected a pattern of words and wildcards, got a RegExp\. Write it as text/);
});

const pieces = fc.oneof(
  fc.constantFrom("a", "b", "c").map((name) => ({ name, source: `:${name}` })),
  fc
    .constantFrom("[^/]+", ".{2,}", "\\\\w*")
    .map((expression) => ({ name: "d", source: `:d{${expression}}` })),
  fc.constant({ name: "*", source: "*" }),
  fc.constantFrom("/", "\\-", "\\.", "\\é").map((source) => ({ name: "", source })),
);
const texts = fc.oneof(
  { arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }), weight: 1 },
  { arbitrary: fc.constantFrom("a", "bc", "1.2", "x/y", "%2F", "+", "a-b", ""), weight: 2 },
);

/** A pattern, and values for just its names. */
const cases = fc
  .array(fc.record({ piece: pieces, text: texts }), { maxLength: 6 })
  .map((chosen): { source: string; values: PathValues } => {
    const all: Record<string, string[]> = {};
    for (const { piece, text } of chosen) {
      if (piece.name !== "") all[piece.name] = [...(all[piece.name] ?? []), text];
    }
    const values = Object.entries(all).map(([name, texts]) => [name, texts.length === 1 ? texts[0] : texts]);
    const source = `/x${chosen.map(({ piece }) => piece.source).join("")}`;
    return { source, values: Object.fromEntries(values) };
  });

function builtOrRefused(source: string, values: PathValues): string | null {
  try {
    return build(source, values);
  } catch (error) {
    assert.instance(error, TypeError);
    return null;
  }
}

test("what is built matches with the same values, and nothing but a TypeError comes out instead", () => {
  let built = 0;
  const law = fc.property(cases, ({ source, values }) => {
    const path = builtOrRefused(source, values);
    if (path === null) return;
    built++;
    assert.equal({ ...pattern(source).match(path) }, values);
    assert.is(new URL(path, "http://example.com").pathname, path);
  });
  fc.assert(law, { numRuns: 3000 });
  assert.ok(built > 600, `only ${built} of 3000 were built`);
});

test("the values of a match build a path that gives them back", () => {
  const paths = fc.string({ unit: fc.constantFrom(..."aab-./"), maxLength: 12 }).map((rest) => `/x${rest}`);
  const law = fc.property(cases, paths, ({ source }, path) => {
    const values = pattern(source).match(path);
    if (values === null) return;
    const again = builtOrRefused(source, values as PathValues);
    if (again !== null) assert.equal({ ...pattern(source).match(again) }, { ...values });
  });
  fc.assert(law, { numRuns: 2000 });
});

test.run();
