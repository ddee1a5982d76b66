/** The form in which paths are compared, and the text of a request that a pattern looks at. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile, normal, subjectOf } from "../../lib/pattern.js";

const subject = (source: string, request: object): string =>
  subjectOf({ method: "GET", uri: "/", headers: {}, ...request }, compile(source, "whole"));

test("an ordinary path stays as it is", () => {
  const path = "/a-b._~!$&'()*+,;=:@/C9?x";
  assert.is(normal(path), path);
});

test("what may not stand in a path is encoded, the digits of escapes are in upper case", () => {
  assert.is(normal('/é "<>[]^`{|}\\#\u0000\n'), "/%C3%A9%20%22%3C%3E%5B%5D%5E%60%7B%7C%7D%5C%23%00%0A");
  assert.is(normal("/%c3%a9%2f/%7ea"), "/%C3%A9%2F/~a");
  assert.is(normal("/😀"), "/%F0%9F%98%80");
});

test("a malformed escape stays as it is, half a surrogate pair is 400", () => {
  assert.is(normal("/%zz%é%4"), "/%zz%%C3%A9%4");
  assert.throws(
    () => normal("/\udc00"),
    ({ status }: { status: number }) => status === 400,
  );
});

test("the normal form of a normal form is the same, and decodes to the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const path = normal(text.replaceAll("%", "%25"));
      assert.is(normal(path), path);
      assert.is(decodeURIComponent(path), text);
    }),
  );
});

test("a pattern without a host looks at the path, inside a context at the rest of it", () => {
  assert.is(subject("/x", { uri: "/a b" }), "/a%20b");
  assert.is(subject("/x", { uri: "/a/b", pathInfo: "/b" }), "/b");
  assert.is(subject("/x", { uri: undefined, headers: undefined }), "/");
});

test("a pattern with a host looks at host and path", () => {
  const request = { uri: "/A", headers: { host: "Example.COM:80" }, scheme: "https" };
  assert.is(subject("//x/", request), "//example.com/A");
  assert.is(subject("//x:80/", request), "//example.com:80/A");
  assert.is(subject("//*/", { headers: { host: "[::1]:80" } }), "//[::1]/");
  assert.is(subject("//[::1]/", { headers: { host: "[::1]:80" } }), "//[::1]/");
  assert.is(subject("https://x/", request), "https://example.com/A");
  assert.is(subject("http://x:1/", { headers: undefined }), "http:///");
});

test.run();
