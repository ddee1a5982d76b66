/** What comes by http goes to https; what comes by https stays there. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { withForwarded } from "../../lib/middleware/forwarded.js";
import { type SslRedirectOptions, withSslRedirect } from "../../lib/middleware/ssl-redirect.js";
import type { Request, Response } from "../../lib/types.js";

const year = "max-age=31536000; includeSubDomains";

const asked = (more: Partial<Request> = {}): Request => ({
  method: "GET",
  uri: "/",
  headers: { host: "a.example" },
  scheme: "http",
  ...more,
});

const ok = (headers = {}): Response => ({ status: 200, headers, body: "secret" });

const answer = (request: Request, options?: SslRedirectOptions): Response =>
  withSslRedirect(options)(() => ok())(request) as Response;

const location = (request: Request, options?: SslRedirectOptions) =>
  answer(request, options).headers.location;

test("http is redirected by 308, and the handler is not called", () => {
  for (const method of ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) {
    const response = withSslRedirect()(() => assert.unreachable() as never)(asked({ method })) as Response;
    assert.is(response.status, 308);
    assert.equal(response.headers, { location: "https://a.example/" });
    assert.is(response.body ?? null, null);
  }
});

test("path and query stay as they were sent", () => {
  const uri = "/a%2Fb//c;d=1/%E4%BD%A0";
  assert.is(location(asked({ uri, queryString: "x=%20&y=?" })), `https://a.example${uri}?x=%20&y=?`);
  assert.is(location(asked({ uri: "/a", pathInfo: "/", context: "/a" })), "https://a.example/a");
  assert.is(location(asked({ uri: "//evil.example" })), "https://a.example//evil.example");
  assert.is(location(asked({ queryString: "" })), "https://a.example/?");
});

test("the port is that of https", () => {
  const local = asked({ headers: { host: "a.example:8080" } });
  assert.is(location(local), "https://a.example/");
  assert.is(location(local, { port: 8443 }), "https://a.example:8443/");
  assert.is(location(asked({ headers: { host: "[::1]:80" } }), { port: 8443 }), "https://[::1]:8443/");
});

test("a host that is none is 400, and goes nowhere", () => {
  for (const host of [
    undefined,
    "",
    "a b",
    "evil.example/",
    "a@evil.example",
    "a\\b",
    "a?b",
    "a#b",
    "a\r\nb",
    "é",
  ]) {
    assert.throws(
      () => answer(asked({ headers: { host } })),
      (error: { status?: number; message: string }) =>
        error.status === 400 && error.message === "The host is missing or malformed",
    );
  }
});

test("a request map of a test, without scheme and path, has come by http", () => {
  const bare = { method: "GET", headers: { host: "a.example" } } as unknown as Request;
  assert.is(location(bare), "https://a.example/");
});

test("on https the handler answers, and browsers are told to come by https", () => {
  const request = asked({ scheme: "https" });
  const response = answer(request);
  assert.equal(response, { ...ok(), headers: { "strict-transport-security": year } });
  const own = withSslRedirect()(() => ok({ "strict-transport-security": "max-age=0" }))(request) as Response;
  assert.is(own.headers["strict-transport-security"], "max-age=0");
});

test("what browsers are told can be changed, or left out", () => {
  const https = asked({ scheme: "https" });
  const told = (strictTransportSecurity: SslRedirectOptions["strictTransportSecurity"]) =>
    answer(https, { strictTransportSecurity }).headers["strict-transport-security"];
  assert.is(told({ maxAge: 60, includeSubDomains: false }), "max-age=60");
  assert.is(told(undefined), year);
  assert.is(told(false), undefined);
});

test("null and promises pass", async () => {
  const https = asked({ scheme: "https" });
  assert.is(withSslRedirect()(() => null)(https), null);
  assert.is((await withSslRedirect()(async () => ok())(https))?.headers["strict-transport-security"], year);
});

test("behind a proxy it goes by how the client came", () => {
  const app = decorate(() => ok(), withErrors(), withSslRedirect(), withForwarded({ trust: 1 }));
  const by = (proto: string, host = "shop.example") =>
    app(
      asked({
        headers: { host: "inside:3000", "x-forwarded-proto": proto, "x-forwarded-host": host },
        remoteAddr: "10.0.0.1",
      }),
    ) as Response;
  assert.is(by("http").headers.location, "https://shop.example/");
  assert.is(by("https").status, 200);
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withSslRedirect(options as SslRedirectOptions);
  for (const port of [0, 65536, 1.5, "443", null]) {
    assert.throws(make({ port }), /^withSslRedirect: expected a port as "port", got /);
  }
  assert.throws(make({ hsts: false }), /expected options among port, strictTransportSecurity, got "hsts"/);
  assert.throws(
    make({ strictTransportSecurity: { maxAge: "1" } }),
    /^withSslRedirect: expected a whole number/,
  );
  assert.throws(
    make({ strictTransportSecurity: null }),
    /^withSslRedirect: expected a map of options, got null/,
  );
});

test.run();
