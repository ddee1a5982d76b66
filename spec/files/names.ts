/** The names that a path asks for. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isName, namesOf } from "../../lib/files/names.js";

test("a path is cut at its slashes and then decoded, once", () => {
  assert.equal(namesOf("/docs/a%20b.txt"), ["docs", "a b.txt"]);
  assert.equal(namesOf("/caf%C3%A9/a+b"), ["café", "a+b"]);
  assert.equal(namesOf("/%252e%252e/a"), ["%2e%2e", "a"]);
  assert.equal(namesOf("/.well-known/a"), [".well-known", "a"]);
});

test("the last name of a folder's path is empty", () => {
  assert.equal(namesOf("/docs/"), ["docs", ""]);
  assert.equal(namesOf("/"), [""]);
  assert.equal(namesOf(""), []);
});

test("what is not one name of a file is refused, in whatever way it is written", () => {
  const refused = [
    "/..",
    "/../a",
    "/a/../b",
    "/a/..",
    "/.",
    "/./a",
    "/%2e%2e/a",
    "/.%2E/a",
    "/a%2Fb",
    "/a%2f..%2fb",
    "/a\\b",
    "/a%5Cb",
    "/..%5c..%5cb",
    "/a%00",
    "/a\0b",
    "//",
    "//a",
    "/a//b",
    "/a//",
    "/.env",
    "/%2eenv",
    "/a/.git/config",
    "/.well-known2/a",
    "/.%77ell-known-not/a",
  ];
  for (const path of refused) assert.is(namesOf(path), null, path);
});

test("hidden names may be allowed, but never steps", () => {
  assert.equal(namesOf("/.env", true), [".env"]);
  assert.equal(namesOf("/.../a", true), ["...", "a"]);
  for (const path of ["/.", "/..", "/a/%2e%2e", "/a%2F.env"]) assert.is(namesOf(path, true), null, path);
});

test("a malformed escape is 400", () => {
  for (const path of ["/%", "/a/%zz", "/%ff", "/%c0%ae%c0%ae/a"]) {
    assert.throws(
      () => namesOf(path),
      (error: { status?: number }) => error.status === 400,
    );
  }
});

test("a name is never empty", () => {
  assert.not(isName(""));
  assert.not(isName("", true));
  assert.ok(isName("a"));
});

test.run();
