import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { empty } from "../../lib/lazy.js";
import { paramsRequest, parsed, withParams, withRouteParams } from "../../lib/middleware/params.js";
import type { Params, Request } from "../../lib/types.js";

const form = { "content-type": "application/x-www-form-urlencoded" };
const request: Request = {
  method: "POST",
  uri: "/",
  headers: form,
  queryString: "a=1&a=2&b=q",
  body: "b=f&c=3",
};

test("query and form become parameters; the form wins, and of a repeated name the last", () => {
  const seen = paramsRequest(request) as Request;
  assert.equal({ ...seen.params }, { a: "2", b: "f", c: "3" });
  assert.equal({ ...seen.queryParams }, { a: ["1", "2"], b: "q" });
  assert.equal({ ...seen.formParams }, { b: "f", c: "3" });
});

test("a request that has parameters is left alone", () => {
  const seen = { ...request, body: undefined, params: { mine: "1" } };
  assert.is(paramsRequest(seen), seen);
  assert.is((parsed({ ...request, queryParams: { mine: "1" } }).queryParams as Params).mine, "1");
});

test("text fields of a multipart form are parameters, its files are not", () => {
  const multipartParams = { a: "x", b: ["1", "2"], file: { filename: "f" }, files: [{ filename: "f" }] };
  assert.equal(
    { ...parsed({ method: "POST", uri: "/", headers: {}, multipartParams }).params },
    { a: "x", b: "2" },
  );
});

test("without a query there is nothing to parse", () => {
  for (const queryString of [undefined, ""]) {
    assert.is(parsed({ method: "GET", uri: "/", headers: {}, queryString }).params, empty);
  }
});

test("route parameters win; an array of groups is named by its numbers", () => {
  assert.equal(
    { ...withRouteParams({ a: "1", b: "1" }, { params: { b: "2" }, isText: true }) },
    { a: "1", b: "2" },
  );
  assert.equal(
    { ...withRouteParams(empty as Params, { params: { a: ["1", "2"] }, isText: false }) },
    { a: "2" },
  );
  assert.equal(
    { ...withRouteParams(empty as Params, { params: ["x", "y"], isText: false }) },
    { 0: "x", 1: "y" },
  );
});

test("withParams is for decorators that need parameters before a route matches", () => {
  let seen: unknown;
  const app = decorate(
    (request) => {
      seen = { ...request.params };
      return null;
    },
    withParams({ limit: 10 }),
  );
  app(request);
  assert.equal(seen, { a: "2", b: "f", c: "3" });
  assert.throws(
    () => app({ ...request, body: "x".repeat(11) }),
    (error: { status: number }) => error.status === 413,
  );
});

test("a limit that is none fails when the decorator is made", () => {
  for (const limit of [-1, 1.5, "1mb"])
    assert.throws(
      () => withParams({ limit: limit as never }),
      /withParams: expected a number of bytes as "limit"/,
    );
});

test.run();
