import { test } from "uvu";
import * as assert from "uvu/assert";
import { headerOf, pathOf, whole } from "../lib/request.js";
import type { Request } from "../lib/types.js";

test("a map without headers counts as one with none, one without uri has the root", () => {
  const request = whole({ method: "GET" } as Request);
  assert.is(request.uri, "/");
  assert.equal(Object.keys(request.headers), []);
});

test("a whole request is left alone", () => {
  const request: Request = { method: "GET", uri: "/a", headers: {} };
  assert.is(whole(request), request);
});

test("a header is read by its lower-case name, also where there are none", () => {
  assert.is(headerOf({ method: "GET", uri: "/", headers: { host: "a" } }, "host"), "a");
  assert.is(headerOf({ method: "GET", uri: "/" } as Request, "host"), undefined);
});

test("the path that patterns match is what a context left, else the whole", () => {
  assert.is(pathOf({ method: "GET", uri: "/a/b", headers: {}, pathInfo: "/b" }), "/b");
  assert.is(pathOf({ method: "GET", uri: "/a/b", headers: {} }), "/a/b");
  assert.is(pathOf({ method: "GET" } as Request), "/");
});

test.run();
