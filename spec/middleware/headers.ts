/** Fixed headers are checked once and put on each response. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { headersResponse, withHeaders } from "../../lib/middleware/headers.js";
import type { Request, ResponseHeaders } from "../../lib/types.js";

const request: Request = { method: "GET", uri: "/", headers: {} };
const answer = { status: 200, headers: { "content-type": "text/plain", server: "inner" }, body: "tea" };

test("headers are merged into the response, in place of those of the same name", () => {
  const handler = withHeaders({ Server: "Composure", Vary: ["accept", "cookie"] })(() => answer);
  assert.equal(handler(request), {
    ...answer,
    headers: { "content-type": "text/plain", server: "Composure", vary: ["accept", "cookie"] },
  });
});

test("the response of the handler is left as it was", () => {
  assert.is.not(headersResponse(answer, { server: "outer" }), answer);
  assert.is(answer.headers.server, "inner");
});

test("an unmatched request stays unmatched", () => {
  assert.is(withHeaders({ server: "Composure" })(() => null)(request), null);
});

test("a promise of a response is waited for", async () => {
  const response = await withHeaders({ a: "1" })(async () => answer)(request);
  assert.is(response?.headers.a, "1");
});

test("later changes of the map of headers change nothing", () => {
  const headers: Record<string, string> = { a: "1" };
  const handler = withHeaders(headers)(() => ({ status: 204, headers: {} }));
  headers.b = "2";
  assert.equal(handler(request), { status: 204, headers: { a: "1" } });
});

test("names must be tokens and values free of control characters", () => {
  const make = (headers: unknown) => () => withHeaders(headers as ResponseHeaders);
  for (const name of ["", "a b", "a:", "a\r\nb", "é"]) {
    assert.throws(make({ [name]: "1" }), /^withHeaders: expected a header name of .+, got "/);
  }
  for (const value of ["1\r\nset-cookie: a=1", "\0", "\x7f", "€", 1, undefined, null, ["a", "b\n"]]) {
    assert.throws(
      make({ a: value }),
      /^withHeaders: expected a header value without control characters, .+, got /,
    );
  }
  for (const headers of [undefined, null, "a: 1", ["a", "1"]]) {
    assert.throws(make(headers), /^withHeaders: expected a map of headers such as .+, got /);
  }
});

test("__proto__ is an ordinary name", () => {
  const handler = withHeaders(JSON.parse('{ "__proto__": "1" }'))(() => answer);
  const response = handler(request) as typeof answer;
  assert.ok(Object.hasOwn(response.headers, "__proto__"));
});

test.run();
