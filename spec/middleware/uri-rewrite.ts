import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { uriRewriteRequest, withUriRewrite } from "../../lib/middleware/uri-rewrite.js";
import { context, GET } from "../../lib/routes.js";
import type { Request, Response } from "../../lib/types.js";

const get = (uri: string): Request => ({ method: "GET", uri, headers: {} });
const english = (path: string) => (path.startsWith("/en/") ? path.slice(3) : null);

test("the path that patterns match is rewritten", () => {
  const app = decorate(
    GET("/about", ({ uri }) => uri),
    withUriRewrite(english),
  );
  assert.is((app(get("/en/about")) as Response).body, "/about");
});

test("where the function gives null the handler is not called", () => {
  const app = decorate(() => {
    throw new Error("called");
  }, withUriRewrite(english));
  assert.is(app(get("/fr/about")), null);
});

test("inside a context the rest of the path is rewritten", () => {
  const app = context(
    "/site",
    decorate(
      GET("/about", ({ uri, pathInfo }) => `${uri} ${pathInfo}`),
      withUriRewrite(english),
    ),
  );
  assert.is((app(get("/site/en/about")) as Response).body, "/site/en/about /about");
});

test("a function that is none, or gives no path, is told so", () => {
  assert.throws(() => withUriRewrite("/x" as never), /withUriRewrite: expected a function/);
  assert.throws(
    () => uriRewriteRequest(get("/"), () => "about"),
    /to give a path that starts with "\/", or null, got "about"/,
  );
});

test.run();
