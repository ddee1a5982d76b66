import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { type DefaultsName, type DefaultsOptions, withDefaults } from "../../lib/middleware/defaults.js";
import { json, redirectTo } from "../../lib/response.js";
import { GET, POST, routes } from "../../lib/routes.js";
import { memoryStore } from "../../lib/stores/memory.js";
import { client } from "../../lib/testing.js";
import type { Handler, Response } from "../../lib/types.js";
import { sessionAssoc } from "../../lib/updates.js";

const folder = mkdtempSync(join(tmpdir(), "composure-"));
writeFileSync(join(folder, "style.css"), "body { color: black }");
test.after(() => rmSync(folder, { recursive: true }));

const app = routes(
  GET("/", ({ session }) => `Hello ${session?.name ?? "stranger"}`),
  GET("/address", ({ remoteAddr }) => remoteAddr),
  GET("/late", () => new Promise<string>((resolve) => setTimeout(resolve, 1000, "late").unref())),
  GET("/fail", () => {
    throw new Error("a secret");
  }),
  POST("/name", ({ params }) => [sessionAssoc("name", params.name ?? ""), redirectTo("/")]),
  POST("/json", ({ json: given }) => json({ given })),
);

const quiet = { errors: { log: () => {} } };
const made = (name: DefaultsName, overrides: DefaultsOptions = {}): Handler =>
  decorate(app, withDefaults(name, { ...quiet, ...overrides }));

const typeOf = (response: Response | null) => response?.headers["content-type"];
const cookieOf = (response: Response | null) => String(response?.headers["set-cookie"]);

test("the sessions of a site may be of a type", async () => {
  type Visit = { name?: string; count?: number };
  const store = memoryStore();
  const site = withDefaults<Visit>("site", { session: { type: store, subject: ({ name }) => name } });
  // @ts-expect-error: a subject is text
  withDefaults<Visit>("site", { session: { subject: ({ count }) => count } });
  await client(decorate(app, site))("POST", "/name", { form: { name: "Ada" } });
  assert.is((await store.sessionsOf("Ada")).length, 1);
});

test("a site has sessions", async () => {
  const visit = client(made("site"));
  const set = await visit("POST", "/name", { form: { name: "Ada" } });
  assert.is(set?.status, 302);
  assert.match(cookieOf(set), /^composure-session=/);
  assert.is((await visit("GET", "/"))?.body, "Hello Ada");
});

test("a site refuses what another site posts, and changes nothing", async () => {
  const visit = client(made("site"));
  const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
  assert.is((await visit("POST", "/name", { form: { name: "Eve" }, headers }))?.status, 403);
  assert.is((await visit("GET", "/"))?.body, "Hello stranger");
});

test("a site answers whatever is left open, with security headers on each response", async () => {
  const visit = client(made("site"));
  for (const [path, status] of [
    ["/", 200],
    ["/nowhere", 404],
    ["/fail", 500],
  ] as const) {
    const response = await visit("GET", path);
    assert.is(response?.status, status);
    assert.is(response?.headers["x-content-type-options"], "nosniff");
    assert.match(String(response?.headers["content-security-policy"]), "default-src 'self'");
    assert.not.match(String(response?.body), "secret");
  }
});

test("a site tells what has not changed", async () => {
  const visit = client(made("site"));
  const etag = String((await visit("GET", "/"))?.headers.etag);
  assert.is((await visit("GET", "/", { headers: { "if-none-match": etag } }))?.status, 304);
});

test("a secure site goes to https, and its cookie is for this host and https alone", async () => {
  const visit = client(made("secureSite"));
  const plain = await visit("GET", "http://example.com/?a=1");
  assert.equal([plain?.status, plain?.headers.location], [308, "https://example.com/?a=1"]);
  const set = await visit("POST", "https://example.com/name", { form: { name: "Ada" } });
  assert.match(cookieOf(set), /^__Host-session=.*; Secure/);
  assert.match(String(set?.headers["strict-transport-security"]), /^max-age=/);
});

test("a secure site keeps its cookie where other options of the session are given, or none", async () => {
  for (const session of [{ expires: 60 }, true, "memory", memoryStore(), undefined] as const) {
    const visit = client(made("secureSite", { session }));
    const set = await visit("POST", "https://example.com/name", { form: { name: "Ada" } });
    assert.match(cookieOf(set), /^__Host-session=/);
  }
});

test("undefined says nothing: what the preset has stays", async () => {
  const visit = client(made("site", { antiForgery: undefined, securityHeaders: undefined }));
  const response = await visit("POST", "/name", { form: {}, headers: { "sec-fetch-site": "cross-site" } });
  assert.is(response?.status, 403);
  assert.is(response?.headers["x-content-type-options"], "nosniff");
});

test("how long browsers come by https may be said to either decorator that tells them", async () => {
  const told = async (overrides: DefaultsOptions) => {
    const response = await client(made("secureSite", overrides))("GET", "https://example.com/");
    return response?.headers["strict-transport-security"];
  };
  const day = { strictTransportSecurity: { maxAge: 86400 } };
  const none = { strictTransportSecurity: false } as const;
  assert.is(await told({ sslRedirect: day }), "max-age=86400; includeSubDomains");
  assert.is(await told({ securityHeaders: day }), "max-age=86400; includeSubDomains");
  assert.is(await told({ securityHeaders: false, sslRedirect: day }), "max-age=86400; includeSubDomains");
  assert.is(await told({ sslRedirect: none }), undefined);
  assert.is(await told({ securityHeaders: none }), undefined);
  assert.is(await told({ sslRedirect: false }), "max-age=31536000; includeSubDomains");
});

test("the styles of an error page are those that the policy allows", async () => {
  const page = await client(made("site"))("GET", "/nowhere", { headers: { accept: "text/html" } });
  const [, nonce] =
    /style-src [^;]*'nonce-(.+?)'/.exec(String(page?.headers["content-security-policy"])) ?? [];
  assert.ok(nonce);
  assert.ok(String(page?.body).includes(`<style nonce="${nonce}">`));
});

test("an API reads JSON, tells problems as JSON, and has no session", async () => {
  const visit = client(made("api"));
  const response = await visit("POST", "/json", { json: { a: 1 } });
  assert.equal(JSON.parse(String(response?.body)), { given: { a: 1 } });
  const failed = await visit("POST", "/json", {
    body: "{",
    headers: { "content-type": "application/json", accept: "application/json" },
  });
  assert.is(failed?.status, 400);
  assert.match(String(typeOf(failed)), /json/);
  assert.is((await visit("GET", "/"))?.headers["set-cookie"], undefined);
  assert.is(
    response?.headers["content-security-policy"],
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
});

test("an API takes what other origins post: it has no cookie that they could use", async () => {
  const visit = client(made("api"));
  const headers = { "sec-fetch-site": "cross-site", origin: "https://other.example" };
  assert.is((await visit("POST", "/json", { json: {}, headers }))?.status, 200);
});

test("false leaves a decorator out", async () => {
  const visit = client(made("site", { securityHeaders: false, notModified: false, errors: false }));
  const response = await visit("GET", "/");
  assert.is(response?.headers["content-security-policy"], undefined);
  assert.is(response?.headers.etag, undefined);
  assert.is(await visit("GET", "/nowhere"), null);
});

test("files are found before a session is, by a folder or by options", async () => {
  for (const files of [folder, { root: folder, maxAge: 60 }]) {
    const visit = client(made("site", { files }));
    assert.match(String(typeOf(await visit("GET", "/style.css"))), "text/css");
    assert.is((await visit("GET", "/"))?.body, "Hello stranger");
  }
});

test("a flash is not used up by a style sheet", async () => {
  const flashing = decorate(
    routes(
      POST("/save", { flash: { notice: "Saved" } }),
      GET("/", ({ flash }) => String(flash.notice ?? "nothing")),
    ),
    withDefaults("site", { files: folder }),
  );
  const visit = client(flashing);
  await visit("POST", "/save");
  await visit("GET", "/style.css");
  assert.is((await visit("GET", "/"))?.body, "Saved");
});

test("a token is asked for inside the session", async () => {
  const visit = client(made("site", { antiForgery: { token: true } }));
  assert.is((await visit("POST", "/name", { form: { name: "Ada" } }))?.status, 403);
});

test("a late answer is a 503 with the headers of every response", async () => {
  const visit = client(made("site", { timeout: 0.01 }));
  const response = await visit("GET", "/late");
  assert.is(response?.status, 503);
  assert.is(response?.headers["x-content-type-options"], "nosniff");
});

test("the log has the client's own address, the request's id, and the status that is sent", async () => {
  const lines: string[] = [];
  const visit = client(
    made("site", {
      forwarded: { trust: ["127.0.0.1"] },
      requestId: true,
      logger: { format: "json", sink: (line: string) => lines.push(line) },
    }),
  );
  const response = await visit("GET", "/nowhere", { headers: { "x-forwarded-for": "192.0.2.1" } });
  const entry = JSON.parse(String(lines[0]));
  assert.is(entry.remoteAddr, "192.0.2.1");
  assert.is(entry.status, 404);
  assert.is(entry.requestId, response?.headers["x-request-id"]);
});

test("errors have the headers that let another origin read them", async () => {
  const visit = client(made("api", { cors: { origin: "https://app.example" } }));
  const response = await visit("GET", "/fail", { headers: { origin: "https://app.example" } });
  assert.is(response?.status, 500);
  assert.is(response?.headers["access-control-allow-origin"], "https://app.example");
});

test("pages are packed where that is asked for, and a packed page is still told unchanged", async () => {
  const long = decorate(GET("/", "x".repeat(5000)), withDefaults("site", { compression: true }));
  const visit = client(long);
  const headers = { "accept-encoding": "gzip" };
  const response = await visit("GET", "/", { headers });
  assert.is(response?.headers["content-encoding"], "gzip");
  const again = { ...headers, "if-none-match": String(response?.headers.etag) };
  assert.is((await visit("GET", "/", { headers: again }))?.status, 304);
});

test("an unknown preset, an unknown name and a wrong option are refused when it is made", () => {
  assert.throws(
    () => withDefaults("page" as DefaultsName),
    /one of "site", "secureSite", "api" first, got "page"/,
  );
  assert.throws(() => withDefaults("toString" as DefaultsName), /first, got "toString"/);
  assert.throws(() => withDefaults("site", { sessions: true } as DefaultsOptions), /options among lint/);
  assert.throws(() => withDefaults("site", { session: { expires: -1 } }), /withSession: expected a positive/);
  assert.throws(() => withDefaults("site", null as unknown as DefaultsOptions), /a map of options, got null/);
  assert.throws(() => withDefaults("site", { files: true } as unknown as DefaultsOptions), /withFiles/);
  assert.throws(
    () => withDefaults("secureSite", { sslRedirect: null } as unknown as DefaultsOptions),
    /withSslRedirect: expected a map of options, got null/,
  );
  assert.throws(
    () => withDefaults("site", { session: 5 } as unknown as DefaultsOptions),
    /withSession: expected a map of options, "memory", "cookie" or a store, got 5/,
  );
  assert.throws(
    () => withDefaults("site", { forwarded: true } as unknown as DefaultsOptions),
    /withForwarded/,
  );
});

test("an app without sessions may keep the rest of a site", async () => {
  const visit = client(decorate(GET("/", "Hello"), withDefaults("site", { session: false })));
  assert.is((await visit("GET", "/"))?.status, 200);
});

test.run();
