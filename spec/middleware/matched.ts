import { test } from "uvu";
import * as assert from "uvu/assert";
import { empty } from "../../lib/lazy.js";
import { matchedRequest, mergedRouteParams } from "../../lib/middleware/matched.js";
import { type Request, within } from "../../lib/types.js";

const request: Request = { method: "GET", uri: "/a/1", headers: {} };

test("a matched request has its parameters, its cookies and its route", () => {
  const seen = matchedRequest({ ...request, queryString: "q=1" }, "/a/:id", {
    params: { id: "1" },
    isText: true,
  });
  assert.equal({ ...seen.params }, { q: "1", id: "1" });
  assert.equal(
    [seen.route, { ...(seen.routeParams as object) }, { ...seen.cookies }],
    ["/a/:id", { id: "1" }, {}],
  );
});

test("keys that are there are left alone, but for those of the route itself", () => {
  const given = {
    ...request,
    cookies: { c: "1" },
    params: { p: "1" },
    route: "/outer",
    routeParams: { o: "1" },
  };
  const seen = matchedRequest(given, "/a", { params: { id: "2" }, isText: true });
  assert.is(seen.cookies, given.cookies);
  assert.equal({ ...seen.params }, { p: "1", id: "2" });
  assert.is(seen.route, "/a");
});

test("inside a context its pattern goes before, and is used up", () => {
  const seen = matchedRequest({ ...request, [within]: { pattern: "/x/:y" } }, "/", {
    params: empty,
    isText: true,
  });
  assert.is(seen.route, "/x/:y");
  assert.is(seen[within], undefined);
  assert.is(
    matchedRequest({ ...request, [within]: { pattern: "" } }, "/", { params: empty, isText: true }).route,
    "/",
  );
});

test("parameters of a context and of what is inside it merge, the inner ones win", () => {
  assert.equal({ ...(mergedRouteParams({ a: "1", b: "1" }, { b: "2" }) as object) }, { a: "1", b: "2" });
  assert.equal(mergedRouteParams({ a: "1" }, ["x"]), ["x"]);
  assert.equal(mergedRouteParams({ a: "1" }, empty), { a: "1" });
});

test.run();
