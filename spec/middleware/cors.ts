/** Scripts of other origins read what they may, and nothing by mistake. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { type CorsOptions, withCors } from "../../lib/middleware/cors.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { GET, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Handler, Request, Response } from "../../lib/types.js";

const friend = "https://a.example";
const stranger = "https://evil.example";

const asked = (headers: Record<string, string> = {}, method = "GET"): Request => ({
  method,
  uri: "/",
  headers,
});
const from = (origin: string): Request => asked({ origin });
const preflight = (origin: string, headers = {}): Request =>
  asked({ origin, "access-control-request-method": "PUT", ...headers }, "OPTIONS");

const ok = (headers: Response["headers"] = {}): Response => ({ status: 200, headers, body: "data" });

const answer = (
  options: CorsOptions | undefined,
  request: Request,
  handler: Handler = () => ok(),
): Response => withCors(options)(handler)(request) as Response;

const headersOf = (...args: Parameters<typeof answer>) => ({ ...answer(...args).headers });

test("all origins may read what needs no cookies, unless they are named", () => {
  const open = { "access-control-allow-origin": "*" };
  assert.equal(headersOf(undefined, from(stranger)), open);
  assert.equal(headersOf({}, asked()), open);
  assert.equal(headersOf({ origin: "*" }, from("null")), open);
});

test("an origin that is named gets itself, and caches are told that it matters", () => {
  for (const origin of [friend, [friend, "https://b.example"], () => true]) {
    assert.equal(headersOf({ origin }, from(friend)), {
      "access-control-allow-origin": friend,
      vary: "origin",
    });
  }
});

test("others get nothing but vary, also without an origin", () => {
  for (const origin of [friend, [friend], () => false]) {
    for (const request of [from(stranger), from("null"), from("*"), from(`${friend}.`), asked()]) {
      assert.equal(headersOf({ origin, credentials: true, exposedHeaders: "etag" }, request), {
        vary: "origin",
      });
    }
  }
});

test("vary joins what is there", () => {
  const vary = (value: string | readonly string[]) =>
    answer({ origin: friend }, from(friend), () => ok({ vary: value })).headers.vary;
  assert.is(vary("accept"), "accept, origin");
  assert.is(vary(["accept", "Origin"] as const)?.toString(), "accept,Origin");
  assert.is(vary("*"), "*");
});

test("cookies may come along from origins that are named", () => {
  assert.equal(headersOf({ origin: friend, credentials: true }, from(friend)), {
    "access-control-allow-origin": friend,
    "access-control-allow-credentials": "true",
    vary: "origin",
  });
});

test("a star never comes with cookies", () => {
  for (const origin of ["*", undefined] as const) {
    assert.throws(
      () => withCors({ origin, credentials: true }),
      /^withCors: expected "credentials" with origins that are named, got "\*"\. Write \{ origin: /,
    );
  }
  for (const origin of [() => "*", () => true]) {
    for (const request of [from("*"), preflight("*")]) {
      assert.is(
        answer({ origin, credentials: true }, request).headers["access-control-allow-origin"],
        undefined,
      );
    }
  }
  const { headers } = answer({ origin: () => "*", credentials: true }, from(friend));
  assert.equal({ ...headers }, { vary: "origin" });
  const header = fc.oneof(fc.string(), fc.constantFrom("*", "null", friend));
  fc.assert(
    fc.property(header, fc.boolean(), (origin, isPreflight) => {
      const request = isPreflight ? preflight(origin) : from(origin);
      const { headers } = answer({ origin: [friend], credentials: true }, request);
      assert.is(headers["access-control-allow-origin"], origin === friend ? friend : undefined);
      assert.is(headers["access-control-allow-credentials"], origin === friend ? "true" : undefined);
    }),
  );
});

test("scripts may read the headers that are named", () => {
  const exposed = (exposedHeaders: CorsOptions["exposedHeaders"]) =>
    headersOf({ exposedHeaders }, from(friend))["access-control-expose-headers"];
  assert.is(exposed(["ETag", "x-total"]), "ETag, x-total");
  assert.is(exposed("ETag,x-total"), "ETag, x-total");
  assert.is(exposed([]), undefined);
});

test("a preflight is answered before the handler", () => {
  const response = answer({ origin: friend }, preflight(friend), () => assert.unreachable() as never);
  assert.equal(response, {
    status: 204,
    headers: {
      "access-control-allow-origin": friend,
      "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
      vary: "origin, access-control-request-method, access-control-request-headers",
    },
    body: null,
  });
});

test("a preflight of another origin is told nothing", () => {
  assert.equal(headersOf({ origin: friend, credentials: true, maxAge: 9 }, preflight(stranger)), {
    vary: "origin, access-control-request-method, access-control-request-headers",
  });
});

test("a preflight says all that is asked for", () => {
  const options = { methods: ["GET", "PUT"], allowedHeaders: ["x-a", "x-b"], maxAge: 600, origin: friend };
  assert.equal(headersOf({ ...options, credentials: true }, preflight(friend)), {
    "access-control-allow-origin": friend,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET, PUT",
    "access-control-allow-headers": "x-a, x-b",
    "access-control-max-age": "600",
    vary: "origin, access-control-request-method, access-control-request-headers",
  });
  assert.is(
    headersOf({}, preflight(friend)).vary,
    "access-control-request-method, access-control-request-headers",
  );
  assert.is(headersOf({ maxAge: 0 }, preflight(friend))["access-control-max-age"], "0");
});

test("header fields that a script asks for are allowed, unless they are named", () => {
  const allowed = (asks: string, options?: CorsOptions) =>
    headersOf(options, preflight(friend, { "access-control-request-headers": asks }))[
      "access-control-allow-headers"
    ];
  assert.is(allowed("x-a,x-b"), "x-a, x-b");
  assert.is(allowed("x-a, a b, é, x\r\ny, , x-c"), "x-a, x-c");
  assert.is(allowed("<script>"), undefined);
  assert.is(allowed("x-evil", { allowedHeaders: "x-a" }), "x-a");
  assert.is(allowed("x-evil", { allowedHeaders: [] }), undefined);
  assert.is(allowed(`${" ".repeat(65536)}x`), "x");
});

test("an OPTIONS that is no preflight passes on", () => {
  const own = () => ok({ allow: "GET" });
  for (const headers of [{}, { origin: friend }, { "access-control-request-method": "PUT" }]) {
    assert.is(answer({ origin: friend }, asked(headers, "OPTIONS"), own).headers.allow, "GET");
  }
});

test("what the handler says of origins itself stays", () => {
  const headers = headersOf({ origin: friend, credentials: true }, from(friend), () =>
    ok({ "access-control-allow-origin": "*" }),
  );
  assert.equal(headers, { "access-control-allow-origin": "*", vary: "origin" });
});

test("header fields that the handler lets scripts read stay", () => {
  const headers = headersOf({ origin: friend, exposedHeaders: "x-total" }, from(friend), () =>
    ok({ "access-control-expose-headers": "link" }),
  );
  assert.is(headers["access-control-expose-headers"], "link");
  assert.is(headers["access-control-allow-origin"], friend);
});

test("errors have the headers, too", () => {
  const failing = () => {
    throw new Error("a secret");
  };
  const app = decorate(failing, withErrors({ log: () => {} }), withCors({ origin: friend }));
  const { status, headers } = app(from(friend)) as Response;
  assert.is(status, 500);
  assert.is(headers["access-control-allow-origin"], friend);
});

test("a function may ask elsewhere; where it fails the request fails, and the body is let go", async () => {
  const later = { origin: async (origin: string) => origin === friend };
  assert.is((await answer(later, from(friend))).headers["access-control-allow-origin"], friend);
  assert.is((await answer(later, preflight(friend))).headers["access-control-allow-origin"], friend);
  assert.equal({ ...(await answer(later, from(stranger))).headers }, { vary: "origin" });

  const broken: CorsOptions = { origin: () => Promise.reject(new Error("no database")) };
  const body = Readable.from(["data"]);
  const streaming = () => ({ status: 200, headers: {}, body });
  try {
    await answer(broken, from(friend), streaming);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "no database");
  }
  assert.ok(body.destroyed);
});

test("null and promises pass; without promises there are none", async () => {
  assert.is(withCors()(() => null)(from(friend)), null);
  assert.is(withCors({ origin: friend })(() => null)(from(friend)), null);
  const slow = withCors({ origin: friend })(async () => ok())(from(friend));
  assert.is((await slow)?.headers["access-control-allow-origin"], friend);
  const bare = { method: "GET", uri: "/" } as unknown as Request;
  assert.equal(headersOf({ origin: friend }, bare), { vary: "origin" });
});

test("over the wire a preflight is answered, and the response named", async () => {
  const app = decorate(
    routes(GET("/", "data")),
    withErrors(),
    withCors({ origin: friend, credentials: true }),
  );
  const { url, close } = await serve(app, { port: 0, signals: false, log: () => {} });
  try {
    const headers = { origin: friend, "access-control-request-method": "GET" };
    const first = await fetch(url, { method: "OPTIONS", headers });
    assert.is(first.status, 204);
    assert.is(first.headers.get("access-control-allow-origin"), friend);
    const missing = await fetch(`${url}/nowhere`, { headers: { origin: friend } });
    assert.is(missing.status, 404);
    assert.is(missing.headers.get("access-control-allow-credentials"), "true");
  } finally {
    await close({ grace: 0 });
  }
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withCors(options as CorsOptions);
  assert.throws(make({ origins: "*" }), /^withCors: expected options among origin, .+, got "origins"$/);
  assert.throws(make({ origin: `${friend}/` }), /^withCors: expected "\*", origins such as/);
  assert.throws(
    make({ origin: friend, credentials: "yes" }),
    /expected true or false as "credentials", got "yes"/,
  );
  for (const maxAge of [-1, 1.5, "600", null]) {
    assert.throws(make({ maxAge }), /^withCors: expected a whole number of seconds as "maxAge", got /);
  }
  for (const name of ["methods", "allowedHeaders", "exposedHeaders"]) {
    for (const value of ["a b", "x\r\ny", "", ["é"], [1], null, {}]) {
      const message = new RegExp(
        `^withCors: expected names, in an array or with commas .+, as "${name}", got `,
      );
      assert.throws(make({ [name]: value }), message);
    }
  }
});

test.run();
