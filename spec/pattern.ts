/** The language of path patterns: what matches, what is found, what cannot be read. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile, pattern } from "../lib/pattern.js";

/** What a pattern finds, with a prototype, so that it can be compared with a literal. */
const found = (source: string | RegExp, path: string): unknown => {
  const params = pattern(source).match(path);
  return params === null || Array.isArray(params) ? params : { ...params };
};
const unreadable = (source: unknown, message: RegExp) =>
  assert.throws(
    () => pattern(source as string),
    (error: unknown) => error instanceof TypeError && message.test(error.message),
  );
const prefix = (source: string | RegExp, path: string) => compile(source, "prefix").match(path)?.end;

test("a literal matches itself and nothing else", () => {
  assert.equal(found("/", "/"), {});
  assert.equal(found("/a/b.c", "/a/b.c"), {});
  assert.is(found("/a", "/a/"), null);
  assert.is(found("/a", "/"), null);
  assert.is(found("/a.c", "/abc"), null);
  assert.is(found("/a", "/A"), null);
});

test("a word is what stands between slashes, commas, semicolons and question marks", () => {
  assert.equal(found("/user/:id", "/user/42"), { id: "42" });
  for (const path of ["/user/", "/user/4/2", "/user/4,2", "/user/4;2", "/user/4?2"]) {
    assert.is(found("/user/:id", path), null, path);
  }
});

test("a segment can have several words, the first of which take what they can", () => {
  assert.equal(found("/:name.:ext", "/archive.tar.gz"), { name: "archive.tar", ext: "gz" });
  assert.equal(found("/a-:b", "/a-x-y"), { b: "x-y" });
  assert.equal(found("/:a:b", "/xyz"), { a: "xy", b: "z" });
  assert.is(found("/:a:b", "/x"), null);
});

test("names are of any alphabet, with digits, underscores and dashes", () => {
  assert.equal(found("/:größe/:名前/:नाम", "/1/2/3"), { größe: "1", 名前: "2", नाम: "3" });
  assert.equal(found("/:_a/:b-c/:d2", "/1/2/3"), { _a: "1", "b-c": "2", d2: "3" });
});

test("a backslash ends a name before a dash", () => {
  assert.equal(found("/:from\\-:to", "/a-b-c"), { from: "a-b", to: "c" });
});

test("a wildcard takes anything and nothing, as little as it can", () => {
  assert.equal(found("*", "/a/b"), { "*": "/a/b" });
  assert.equal(found("/files/*", "/files/"), { "*": "" });
  assert.equal(found("/files/*", "/files/a/b?;,"), { "*": "a/b?;," });
  assert.equal(found("/*.:ext", "/a.tar.gz"), { "*": "a", ext: "tar.gz" });
});

test("the same name twice gives an array", () => {
  assert.equal(found("/:a/:b/:a/:a", "/1/2/3/4"), { a: ["1", "3", "4"], b: "2" });
  assert.equal(found("/*/x/*", "/a/x/b"), { "*": ["a", "b"] });
});

test("ordinary names include those of Object.prototype", () => {
  const params = pattern("/:__proto__/:constructor/:toString").match("/1/2/3");
  assert.is(Object.getPrototypeOf(params), null);
  assert.equal(JSON.stringify(params), '{"__proto__":"1","constructor":"2","toString":"3"}');
});

test("a parameter is decoded once, after the match", () => {
  assert.equal(found("/:a", "/caf%C3%A9%20%2541"), { a: "café %41" });
  assert.equal(found("/:a", "/x%2Fy"), { a: "x/y" });
  assert.equal(found("/:a", "/x+y"), { a: "x+y" });
  assert.equal(found("/*", "/x%2fy/z"), { "*": "x/y/z" });
  assert.is(found("/x/:a", "/x%2Fy"), null);
});

test("a malformed escape is 400 where the pattern matches", () => {
  for (const path of ["/%", "/%zz", "/%c3", "/%ff", "/%C0%AF"]) {
    assert.throws(
      () => found("/:a", path),
      ({ status }: { status: number }) => status === 400,
    );
  }
  assert.is(found("/:a/b", "/%zz"), null);
});

test("literals are compared in their encoded form", () => {
  for (const path of ["/café", "/caf%C3%A9", "/caf%c3%A9"]) {
    assert.equal(found("/café", path), {}, path);
    assert.equal(found("/caf%c3%a9", path), {}, path);
  }
  assert.equal(found('/a b"<>', "/a%20b%22%3c%3E"), {});
  assert.equal(found("/100%", "/100%25"), {});
  assert.is(found("/a/b", "/a%2Fb"), null);
});

test("a backslash makes a literal of the next character", () => {
  assert.equal(found("/a\\:b", "/a:b"), {});
  assert.equal(found("/\\*\\\\", "/*%5C"), {});
  assert.equal(found("/:a\\{1\\}", "/x%7B1%7D"), { a: "x" });
});

test("an expression stands in place of what a word takes", () => {
  assert.equal(found("/:id{\\d+}", "/42"), { id: "42" });
  assert.is(found("/:id{\\d+}", "/4x"), null);
  assert.equal(found("/:year{\\d{4}}-:rest", "/2024-05"), { year: "2024", rest: "05" });
  assert.equal(found("/:path{.+}/edit", "/a/b/edit"), { path: "a/b" });
  assert.equal(found("/:a{x|y}/*", "/y/z"), { a: "y", "*": "z" });
  assert.equal(found("/:a{\\}+}b", "/%7Db"), null);
});

test("groups and back references in an expression are its own", () => {
  assert.equal(found("/:a{(x|y)\\1}/:b{(.)(.)\\2\\1}", "/yy/abba"), { a: "yy", b: "abba" });
  assert.equal(found("/:a{(?<q>['!]).*\\k<q>}/:b", "/!x!/y"), { a: "!x!", b: "y" });
  assert.is(found("/:a{(x|y)\\1}", "/xy"), null);
});

test("a RegExp matches the whole path and gives its groups", () => {
  assert.equal(found(/\/(\d+)(x)?/, "/42"), ["42", undefined]);
  assert.equal(found(/\/(?<id>\d+)(?<rest>x)?/, "/42"), { id: "42" });
  assert.equal(found(/\/a|\/b/, "/b"), []);
  assert.equal(found(/\/(CAF.*)/i, "/caf%C3%A9"), ["café"]);
  assert.is(found(/\/a|\/b/, "/bc"), null);
  assert.is(found(/a/, "/a"), null);
  assert.is(Object.getPrototypeOf(pattern(/\/(?<id>.)/).match("/1")), null);
});

test("a RegExp with g or y gives the same each time", () => {
  const sticky = pattern(/\/(a)/gy);
  assert.equal([sticky.match("/a"), sticky.match("/a")], [["a"], ["a"]]);
});

test("a pattern can have a host, a port and a scheme", () => {
  assert.equal(found("//:sub.example.com/:a", "//x.EXAMPLE.com/B"), { sub: "x", a: "B" });
  assert.equal(found("http://example.com:8080/", "http://example.com:8080/"), {});
  assert.equal(found("//Example.com", "//example.com"), {});
  assert.equal(found("//[::1]:80/:a", "//[::1]:80/x"), { a: "x" });
  assert.is(found("https://example.com/", "http://example.com/"), null);
});

test("a pattern says how it was written", () => {
  assert.is(pattern("/café/:a").source, "/café/:a");
  assert.is(pattern(/\/a/i).source, "/\\/a/i");
});

test("a pattern begins with a slash, a host or a wildcard", () => {
  for (const source of ["", "a", ":a", "///", "//", "http://", "ftp://a/b", " /", null, 3, {}]) {
    unreadable(source, /expected a string that begins with "\/".* got .* Write "\/users"/);
  }
  unreadable("/\ud800", /expected valid Unicode/);
});

test("a colon or a brace that means nothing is an error that says what to write", () => {
  for (const source of ["/:", "/:1", "/a::b", "/a:/b", "/:-a"]) unreadable(source, /write "\\\\:"/);
  unreadable("/{a}", /At 1; .* write "\\\\\{"/);
  unreadable("/a}", /At 2; .* write "\\\\\}"/);
  unreadable("/a\\", /write "\\\\\\\\"/);
});

test("an expression that is not closed or not valid is an error when it is written", () => {
  for (const source of ["/:a{", "/:a{\\d{2}", "/:a{\\}"]) unreadable(source, /a \} for the \{ after ":a"/);
  for (const source of ["/:a{(}", "/:a{a)(b}", "/:a{[}"])
    unreadable(source, /a regular expression in .* Invalid/);
  unreadable("/:a{(?<x>.)}:b{(?<x>.)}", /can stand together.*Duplicate/);
});

test("a prefix matches by whole segments", () => {
  assert.is(prefix("/admin", "/admin"), 6);
  assert.is(prefix("/admin/", "/admin/users"), 6);
  assert.is(prefix("/admin", "/administrator"), undefined);
  assert.is(prefix("/", "/a"), 0);
  assert.is(prefix("/:a", "/x/y"), 2);
  assert.is(prefix("/:a", "/x;y"), undefined);
  assert.is(prefix("/a*", "/abc/d/e"), 4);
  assert.is(prefix("/:a{\\d+}", "/42/x"), 3);
  assert.is(prefix("/:a{\\d+}", "/42x"), undefined);
  assert.is(prefix(/\/(a|ab)/, "/ab/c"), 3);
  assert.is(prefix("//example.com/", "//example.com/x"), 13);
});

test("a compiled pattern tells what its subject is", () => {
  const about = (source: string | RegExp) => compile(source, "whole").about;
  assert.equal(["/a", "*", /x/].map(about), ["path", "path", "path"]);
  assert.equal(["//a.b/c", "//:a/c"].map(about), ["host", "host"]);
  assert.equal(["https://a.b/c", "http://:a"].map(about), ["url", "url"]);
});

test.run();
