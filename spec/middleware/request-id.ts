import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { requestIdRequest, requestIdResponse, withRequestId } from "../../lib/middleware/request-id.js";
import type { Handler, Request, Response } from "../../lib/types.js";

const asked = (id?: string): Request => ({
  method: "GET",
  uri: "/",
  headers: id === undefined ? {} : { "x-request-id": id },
});
const idOf = (id?: string): string => requestIdRequest(asked(id)).requestId as string;

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

test("the handler and the client are told the same id", () => {
  const seen: unknown[] = [];
  const handler: Handler = ({ requestId }) => {
    seen.push(requestId);
    return { status: 200, headers: { vary: "accept" }, body: null };
  };
  const { headers } = withRequestId()(handler)(asked()) as Response;
  assert.match(headers["x-request-id"] as string, uuid);
  assert.equal(headers, { vary: "accept", "x-request-id": seen[0] });
});

test("each request gets an id of its own", () => {
  assert.is.not(idOf(), idOf());
});

test("an id that comes with the request is kept", () => {
  for (const id of ["a", "Root=1-67891233-abcdef", "x/y+z==", "a_b.c:d", "9".repeat(128)]) {
    assert.is(idOf(id), id);
  }
});

test("anything else in its place is no id", () => {
  for (const id of [
    "",
    " ",
    "a b",
    "a, b",
    'a"b',
    "a\nb",
    "a\n",
    "é",
    "a;b",
    "<b>",
    "%41",
    "9".repeat(129),
  ]) {
    assert.match(idOf(id), uuid, id);
  }
});

test("whatever comes, the id is safe in a line and in a header", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (id) => assert.match(idOf(id), /^[\w.:/+=-]{1,128}$/)),
  );
});

test("a request that has an id keeps it", () => {
  const request = { ...asked("other"), requestId: "one" };
  assert.is(requestIdRequest(request), request);
  const response = withRequestId()((request) => withRequestId()(ok)(request))(asked()) as Response;
  assert.match(response.headers["x-request-id"] as string, uuid);
});

const ok: Handler = () => ({ status: 200, headers: {} });

test("an id of the handler's own gives way, and a response without id stays", () => {
  const own: Response = { status: 200, headers: { "x-request-id": "own" } };
  assert.equal(requestIdResponse(own, { ...asked(), requestId: "a" }).headers, { "x-request-id": "a" });
  assert.is(requestIdResponse(own, asked()), own);
});

test("error pages made inside have it too", () => {
  const failing: Handler = () => {
    throw httpError(400, "No");
  };
  const response = decorate(failing, withErrors(), withRequestId())(asked("abc")) as Response;
  assert.equal([response.status, response.headers["x-request-id"]], [400, "abc"]);
});

test("a request without headers has an id, and null stays null", async () => {
  assert.match(requestIdRequest({ method: "GET", uri: "/" } as Request).requestId as string, uuid);
  assert.is(withRequestId()(() => null)(asked()), null);
  assert.is(await withRequestId()(async () => null)(asked()), null);
});

test.run();
