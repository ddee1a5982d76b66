import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { cookiesRequest, withCookies } from "../../lib/middleware/cookies.js";
import type { Request } from "../../lib/types.js";

const request: Request = { method: "GET", uri: "/", headers: { cookie: "a=1; b=%20; c=%zz; a=2" } };

test("cookies are decoded by name; a malformed one keeps its raw text and hurts nobody", () => {
  assert.equal({ ...cookiesRequest(request).cookies }, { a: "1", b: " ", c: "%zz" });
});

test("they are worked out when somebody looks", () => {
  let looked = 0;
  const headers = {
    get cookie() {
      looked += 1;
      return "a=1";
    },
  };
  const seen = cookiesRequest({ ...request, headers });
  assert.is(looked, 0);
  assert.is(seen.cookies?.a, "1");
  assert.is(seen.cookies?.b, undefined);
  assert.is(looked, 1);
});

test("cookies that are there are left alone", () => {
  const seen = { ...request, cookies: {} };
  assert.is(cookiesRequest(seen), seen);
});

test("withCookies adds them for decorators inside, also where there are no headers", () => {
  const app = decorate(
    (request) => ({ status: 200, headers: {}, body: String(request.cookies?.a) }),
    withCookies(),
  );
  assert.equal(app(request), { status: 200, headers: {}, body: "1" });
  assert.equal(app({ method: "GET", uri: "/" } as Request), { status: 200, headers: {}, body: "undefined" });
});

test.run();
