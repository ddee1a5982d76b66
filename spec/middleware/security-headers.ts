/** Browsers are told to be careful, in words that hold for this request. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { html } from "../../lib/html.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { type SecurityHeadersOptions, withSecurityHeaders } from "../../lib/middleware/security-headers.js";
import { GET, routes } from "../../lib/routes.js";
import type { Handler, Request, Response } from "../../lib/types.js";

const http: Request = { method: "GET", uri: "/", headers: {}, scheme: "http" };
const https: Request = { ...http, scheme: "https" };

const ok = (headers: Response["headers"] = {}, status = 200): Response => ({ status, headers, body: "page" });

function headersOf(options?: SecurityHeadersOptions, request = https, handler: Handler = () => ok()) {
  const { headers } = withSecurityHeaders(options)(handler)(request) as Response;
  return { ...headers };
}

const csp = (options?: SecurityHeadersOptions, request?: Request, handler?: Handler): string =>
  headersOf(options, request, handler)["content-security-policy"] as string;

const nonceIn = (policy: string): string => /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";

/** The nonce that the handler sees, if any, and the policy that is sent. */
function nonceAndPolicy(options?: SecurityHeadersOptions, request = https) {
  let nonce: string | undefined;
  const policy = csp(options, request, (request) => {
    nonce = request.nonce;
    return ok();
  });
  return { nonce, policy };
}

const fixed = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
};

const policyWith = (nonce: string | undefined) =>
  [
    "default-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "script-src-attr 'none'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
  ].join("; ");

test("on https the whole set is sent", () => {
  const { "content-security-policy": policy, ...others } = headersOf();
  assert.equal(others, { "strict-transport-security": "max-age=31536000; includeSubDomains", ...fixed });
  assert.is(policy, `${policyWith(nonceIn(policy as string))}; upgrade-insecure-requests`);
});

test("on http nothing is said about https", () => {
  for (const request of [http, { ...http, scheme: undefined }]) {
    const { "content-security-policy": policy, ...others } = headersOf({}, request);
    assert.equal(others, fixed);
    assert.is(policy, policyWith(nonceIn(policy as string)));
  }
});

test("a page shows that its scripts are its own by the nonce of the policy", () => {
  const app = decorate(
    routes(GET("/", ({ nonce }) => html`<script nonce="${nonce}">1</script>`)),
    withSecurityHeaders(),
  );
  const { headers, body } = app(https) as Response;
  const nonce = nonceIn(headers["content-security-policy"] as string);
  assert.is(body, `<script nonce="${nonce}">1</script>`);
});

test("a nonce has 128 bits, in characters that need no escaping, and is never used again", () => {
  const nonces = Array.from({ length: 2000 }, () => nonceAndPolicy().nonce as string);
  assert.is(new Set(nonces).size, nonces.length);
  for (const nonce of nonces) {
    assert.match(nonce, /^[A-Za-z0-9+/]{22}==$/);
    assert.is(Buffer.from(nonce, "base64").length, 16);
    assert.is(String(html`${nonce}`), nonce);
  }
});

test("the request is whole, and one nonce is enough for it", () => {
  const { nonce, policy } = nonceAndPolicy({}, { ...https, nonce: undefined, params: { a: "b" } });
  assert.is(nonceIn(policy), nonce);
  withSecurityHeaders()((request) => {
    const { nonce: made, ...others } = request;
    assert.is(typeof made, "string");
    assert.equal(others, https);
    assert.ok(Object.keys(request).includes("nonce"));
    return null;
  })(Object.freeze({ ...https }));
  assert.is(nonceAndPolicy({}, { ...https, nonce: "kept" }).nonce, "kept");
  const inner = withSecurityHeaders({ contentSecurityPolicy: { imgSrc: "https:" } });
  const both = decorate(() => ok(), inner, withSecurityHeaders())(https) as Response;
  assert.match(both.headers["content-security-policy"] as string, /img-src https:; .+'nonce-[^']{24}'/);
});

test("where the policy has no nonce none is made", () => {
  const own = { scriptSrc: "'self'", styleSrc: "'self'" };
  for (const contentSecurityPolicy of [own, false] as const) {
    assert.is(nonceAndPolicy({ contentSecurityPolicy }).nonce, undefined);
  }
  assert.match(csp({ contentSecurityPolicy: own }), /script-src 'self'; .*style-src 'self';/);
});

test("directives are merged over the defaults, and may have the nonce", () => {
  const contentSecurityPolicy = {
    imgSrc: ["'self'", "https://img.example"],
    scriptSrc: ["'nonce'", "'strict-dynamic'"],
    styleSrc: "'self'",
    objectSrc: false,
    connectSrc: "'self' https://api.example",
  } as const;
  const { nonce, policy } = nonceAndPolicy({ contentSecurityPolicy });
  assert.match(policy, /img-src 'self' https:\/\/img\.example;/);
  assert.ok(policy.includes(`script-src 'nonce-${nonce}' 'strict-dynamic';`));
  assert.match(policy, /style-src 'self';/);
  assert.not.match(policy, /object-src/);
  assert.match(policy, /upgrade-insecure-requests; connect-src 'self' https:\/\/api\.example$/);
});

test("upgrading is never asked for on http", () => {
  const contentSecurityPolicy = { upgradeInsecureRequests: [] };
  assert.not.match(csp({ contentSecurityPolicy }, http), /upgrade/);
  assert.match(csp({ contentSecurityPolicy }, https), /upgrade/);
  assert.not.match(csp({ contentSecurityPolicy: { upgradeInsecureRequests: false } }, https), /upgrade/);
});

test("false turns a header off", () => {
  const names = [...Object.keys(fixed), "content-security-policy", "strict-transport-security"];
  for (const name of names) {
    const option = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const left = Object.keys(headersOf({ [option]: false }));
    assert.equal(left.sort(), names.filter((other) => other !== name).sort());
  }
});

test("a policy without directives is none", () => {
  const off = Object.fromEntries(
    [
      "defaultSrc",
      "baseUri",
      "formAction",
      "frameAncestors",
      "imgSrc",
      "objectSrc",
      "scriptSrc",
      "scriptSrcAttr",
      "styleSrc",
      "styleSrcAttr",
    ].map((name) => [name, false]),
  );
  assert.is(csp({ contentSecurityPolicy: off }, http), undefined);
  assert.is(csp({ contentSecurityPolicy: off }, https), "upgrade-insecure-requests");
});

test("text sets another value", () => {
  const headers = headersOf({
    xFrameOptions: "DENY",
    referrerPolicy: "no-referrer",
    crossOriginOpenerPolicy: "same-origin-allow-popups",
    crossOriginResourcePolicy: "cross-origin",
    originAgentCluster: "?0",
    permissionsPolicy: "geolocation=(self)",
    strictTransportSecurity: { maxAge: 60, includeSubDomains: false },
  });
  assert.is(headers["x-frame-options"], "DENY");
  assert.is(headers["referrer-policy"], "no-referrer");
  assert.is(headers["cross-origin-opener-policy"], "same-origin-allow-popups");
  assert.is(headers["cross-origin-resource-policy"], "cross-origin");
  assert.is(headers["origin-agent-cluster"], "?0");
  assert.is(headers["permissions-policy"], "geolocation=(self)");
  assert.is(headers["strict-transport-security"], "max-age=60");
});

test("what the handler sets stays, beside the rest", () => {
  const own = {
    "content-security-policy": "default-src *",
    "x-frame-options": "DENY",
    "content-type": "a/b",
  };
  const headers = headersOf({}, http, () => ok(own));
  const { "x-frame-options": _, ...others } = fixed;
  assert.equal(headers, { ...others, ...own });
});

test("a 304 leaves the policy that the browser has with the page, and its nonces", () => {
  assert.is(
    csp({}, https, () => ok({}, 304)),
    undefined,
  );
  assert.is(headersOf({}, https, () => ok({}, 304))["x-frame-options"], "SAMEORIGIN");
  const contentSecurityPolicy = { scriptSrc: "'self'", styleSrc: "'self'" };
  assert.match(
    csp({ contentSecurityPolicy }, https, () => ok({}, 304)),
    /script-src/,
  );
});

test("error pages have the headers, too", () => {
  const app = decorate(routes(GET("/", "Home")), withErrors(), withSecurityHeaders());
  const { status, headers } = app({ ...http, uri: "/nowhere" }) as Response;
  assert.is(status, 404);
  assert.is(headers["x-content-type-options"], "nosniff");
});

test("null and promises pass", async () => {
  assert.is(withSecurityHeaders()(() => null)(https), null);
  const { headers } = (await withSecurityHeaders()(async () => ok())(https)) as Response;
  assert.is(headers["x-content-type-options"], "nosniff");
});

test("the response that was given stays as it is", () => {
  const given = Object.freeze(ok(Object.freeze({ vary: "accept" })));
  assert.is(headersOf({}, https, () => given).vary, "accept");
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withSecurityHeaders(options as SecurityHeadersOptions);
  const at = 'as "xFrameOptions", got';
  for (const value of ["sameorigin", "ALLOW-FROM a", "DENY\r\nx: y", true, null, 1]) {
    const message = new RegExp(`^withSecurityHeaders: expected "SAMEORIGIN", "DENY" or false ${at} `);
    assert.throws(make({ xFrameOptions: value }), message);
  }
  for (const name of [
    "crossOriginOpenerPolicy",
    "crossOriginResourcePolicy",
    "referrerPolicy",
    "originAgentCluster",
  ]) {
    assert.throws(make({ [name]: "same_origin" }), new RegExp(`or false as "${name}", got "same_origin"$`));
  }
  assert.throws(
    make({ permissionsPolicy: "a\r\nb" }),
    /^withSecurityHeaders: expected a header value without/,
  );
  assert.throws(make({ permissionsPolicy: true }), /^withSecurityHeaders: expected a header value without/);
  for (const value of ["default-src 'self'", null, true]) {
    assert.throws(
      make({ contentSecurityPolicy: value }),
      /^withSecurityHeaders: expected a map of options, got /,
    );
  }
  assert.throws(make({ contentSecurityPolicy: { imgSrc: "a;b" } }), /a source without , and ; in "imgSrc"/);
  assert.throws(
    make({ strictTransportSecurity: { maxAge: -1 } }),
    /expected a whole number of seconds as "maxAge"/,
  );
  assert.throws(make({ csp: false }), /^withSecurityHeaders: expected options among contentSecurityPolicy, /);
});

test.run();
