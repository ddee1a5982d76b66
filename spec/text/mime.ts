/** Media types go by the extension of a path. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { extension, mimeType } from "../../lib/text/mime.js";

test("the type goes by the last extension, in any case", () => {
  assert.is(mimeType("/logo.PNG"), "image/png");
  assert.is(mimeType("/v1.css/archive.tar.gz"), "application/gzip");
  assert.is(mimeType("report.pdf"), "application/pdf");
});

test("text has a charset, other types have none", () => {
  assert.is(mimeType("/style.css"), "text/css; charset=utf-8");
  assert.is(mimeType("/app.js"), "text/javascript; charset=utf-8");
  assert.is(mimeType("/data.json"), "application/json");
  assert.is(mimeType("/icon.svg"), "image/svg+xml");
});

const untyped = [
  "/",
  "",
  "/readme",
  "/.css",
  "/a.css/b",
  "/a.",
  "/a.unheard-of",
  "/a.constructor",
  "/a.__proto__",
];

test("a path without a known extension has none", () => {
  for (const path of untyped) assert.is(mimeType(path), undefined, path);
});

test("an extension is given without its dot, in lower case", () => {
  assert.is(extension("/photos/Cat.JPG"), "jpg");
  assert.is(extension("/photos"), "");
});

test.run();
