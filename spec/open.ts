/** What handlers leave open becomes responses of plain text. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { httpError } from "../lib/errors.js";
import { boxed, errorResponse, openResponse } from "../lib/open.js";
import { noted, type Request } from "../lib/types.js";

const text = { "content-type": "text/plain; charset=utf-8" };

const asked = (method: string, allow: string[], declined = false): Request => ({
  method,
  uri: "/",
  headers: {},
  [noted]: { allow, declined },
});

test("a path that no route knows is not found", () => {
  const notFound = { status: 404, headers: text, body: "Not Found" };
  assert.equal(openResponse(asked("GET", [])), notFound);
  assert.equal(openResponse({ method: "GET", uri: "/", headers: {} }), notFound);
});

test("a path of other methods is 405 and tells them, HEAD with GET and OPTIONS always", () => {
  assert.equal(openResponse(asked("PUT", ["POST", "GET", "POST"])), {
    status: 405,
    headers: { ...text, allow: "POST, GET, HEAD, OPTIONS" },
    body: "Method Not Allowed",
  });
  assert.is(openResponse(asked("PUT", ["OPTIONS", "HEAD", "GET"])).headers.allow, "HEAD, GET, OPTIONS");
});

test("a route of this very method that declined makes it 404", () => {
  assert.is(openResponse(asked("GET", ["POST"], true)).status, 404);
});

test("OPTIONS is 204 with the methods, and 404 where there are none", () => {
  assert.equal(openResponse(asked("OPTIONS", ["GET"])), {
    status: 204,
    headers: { allow: "GET, HEAD, OPTIONS" },
    body: null,
  });
  assert.is(openResponse(asked("OPTIONS", [])).status, 404);
});

test("an error that may be shown is its status, message and headers", () => {
  const error = httpError(413, "Too much", { headers: { "retry-after": "5" } });
  assert.equal(errorResponse(error), {
    status: 413,
    headers: { ...text, "retry-after": "5" },
    body: "Too much",
  });
});

test("an error that is not meant for the client is 500, though it has a status, as one of an HTTP client has", () => {
  for (const expose of [undefined, false, "yes"]) {
    const error = Object.assign(new Error("secret"), { status: 404, expose, headers: { "x-secret": "1" } });
    assert.equal(errorResponse(error), { status: 500, headers: text, body: "Internal Server Error" });
  }
});

test("anything else is 500 without detail", () => {
  const bare = { status: 500, headers: text, body: "Internal Server Error" };
  const strange = [200, 399, 600, 404.5, "404", Number.NaN].map((status) => ({
    status,
    expose: true,
    message: "secret",
  }));
  for (const error of [new Error("secret"), "secret", null, undefined, 404, () => {}, ...strange]) {
    assert.equal(errorResponse(error), bare);
  }
});

test("a request gets a place to note what routes missed, unless it has one", () => {
  const get: Request = { method: "GET", uri: "/", headers: {} };
  assert.equal(boxed(get), { ...get, [noted]: { allow: [], declined: false } });
  const boxedBefore = boxed(get);
  assert.is(boxed(boxedBefore), boxedBefore);
});

test.run();
