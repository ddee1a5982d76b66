import { test } from "uvu";
import * as assert from "uvu/assert";
import { methodRequest } from "../../lib/middleware/method.js";
import type { Request } from "../../lib/types.js";

const asked = (_method: unknown, more: Partial<Request> = {}) =>
  methodRequest({ method: "POST", uri: "/", headers: {}, formParams: { _method } as never, ...more }).method;

test("a POST whose form asks for PUT, PATCH or DELETE counts as that, name without case", () => {
  assert.equal(
    ["put", "PATCH", "Delete"].map((name) => asked(name)),
    ["PUT", "PATCH", "DELETE"],
  );
  assert.is(asked(undefined, { multipartParams: { _method: "put" } }), "PUT");
});

test("nothing else does", () => {
  for (const name of ["GET", "HEAD", "OPTIONS", "CONNECT", "", undefined, ["put"], "__proto__"])
    assert.is(asked(name), "POST");
  assert.is(asked("put", { method: "GET" }), "GET");
});

test.run();
