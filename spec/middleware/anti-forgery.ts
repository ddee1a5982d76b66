import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { antiForgeryField, antiForgeryToken, deskRequest, deskResponse } from "../../lib/anti-forgery.js";
import { decorate, then } from "../../lib/decorate.js";
import { html } from "../../lib/html.js";
import { type AntiForgeryOptions, withAntiForgery } from "../../lib/middleware/anti-forgery.js";
import { withMultipart } from "../../lib/middleware/multipart.js";
import { withSession } from "../../lib/middleware/session.js";
import { json, text } from "../../lib/response.js";
import { DELETE, GET, POST, routes } from "../../lib/routes.js";
import type { SessionOptions } from "../../lib/session/options.js";
import { client } from "../../lib/testing/client.js";
import { request } from "../../lib/testing/request.js";
import type { Decorator, Handler, Json, Request, Response } from "../../lib/types.js";
import { alterSession, clearSession, recreateSession, sessionAssoc, setSession } from "../../lib/updates.js";
import { asyncStore } from "../stores/slow.js";

const ok: Handler = () => ({ status: 200, headers: {}, body: "ok" });

type Fields = { readonly [name: string]: string };

const statusOf = (headers: Fields, options?: AntiForgeryOptions, method = "POST"): number => {
  const request: Request = { method, uri: "/", headers: { host: "a.example", ...headers } };
  return (withAntiForgery(options)(ok)(request) as Response).status;
};

test("what the browser calls its own passes, and nothing else that it names", () => {
  const by = (site: string) => statusOf({ "sec-fetch-site": site });
  assert.equal(["same-origin", "none"].map(by), [200, 200]);
  const others = ["same-site", "cross-site", "", "SAME-ORIGIN", "same-origin, cross-site", "toString"];
  for (const site of others) assert.is(by(site), 403, site);
});

test("sec-fetch-site is believed before origin", () => {
  const foreign = "https://evil.example";
  assert.is(statusOf({ "sec-fetch-site": "same-origin", origin: foreign }), 200);
  assert.is(statusOf({ "sec-fetch-site": "cross-site", origin: "https://a.example" }), 403);
  assert.is(statusOf({ "sec-fetch-site": "same-site", origin: "http://a.example" }), 403);
});

test("without it the origin must be the host", () => {
  for (const origin of ["https://a.example", "http://a.example"]) assert.is(statusOf({ origin }), 200);
  for (const origin of [
    "https://b.example",
    "https://a.example:8443",
    "https://a.example.evil",
    "null",
    "",
  ]) {
    assert.is(statusOf({ origin }), 403, origin);
  }
  assert.is(statusOf({ origin: "http://a.example:3000", host: "a.example:3000" }), 200);
  assert.is(statusOf({ origin: "http://localhost", host: "" }), 403);
  const hostless: Request = { method: "POST", uri: "/", headers: { origin: "http://localhost" } };
  assert.is((withAntiForgery()(ok)(hostless) as Response).status, 403);
});

test("what no browser sent passes", () => {
  assert.is(statusOf({}), 200);
  assert.is(withAntiForgery()(() => null)({ method: "POST", uri: "/" } as Request), null);
});

test("every method but the safe ones is looked at", () => {
  const cross = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
  for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"])
    assert.is(statusOf(cross, {}, method), 200, method);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get", "constructor"]) {
    assert.is(statusOf(cross, {}, method), 403, method);
  }
});

test("a WebSocket is not opened for another site", () => {
  const upgrade = { upgrade: "websocket", connection: "upgrade" };
  assert.is(statusOf({ ...upgrade, origin: "https://evil.example" }, {}, "GET"), 403);
  assert.is(statusOf({ ...upgrade, origin: "https://a.example" }, {}, "GET"), 200);
  assert.is(statusOf(upgrade, {}, "GET"), 200);
});

test("trusted origins pass, and they alone", () => {
  const options = { trustedOrigins: ["https://b.example", "capacitor://localhost"] };
  const by = (site: string, origin: string) => statusOf({ "sec-fetch-site": site, origin }, options);
  assert.is(by("cross-site", "https://b.example"), 200);
  assert.is(by("cross-site", "capacitor://localhost"), 200);
  assert.is(statusOf({ origin: "https://b.example" }, options), 200);
  for (const origin of ["http://b.example", "https://x.b.example", "https://b.example:444", "null"]) {
    assert.is(by("cross-site", origin), 403, origin);
  }
});

test("the method that a form names is no way around", async () => {
  const app = decorate(routes(DELETE("/", "gone")), withAntiForgery());
  const post = (site: string) =>
    app(request("POST", "/", { form: { _method: "DELETE" }, headers: { "sec-fetch-site": site } }));
  assert.is((await post("cross-site"))?.status, 403);
  assert.is((await post("same-origin"))?.body, "gone");
});

test("the handler is not asked, and the answer says why", () => {
  const never: Handler = () => {
    throw new Error("asked");
  };
  const headers = { "sec-fetch-site": "cross-site" };
  assert.equal(withAntiForgery()(never)({ method: "POST", uri: "/", headers }), {
    status: 403,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: "This request came from another site",
  });
});

test("a wrong option fails when the decorator is made", () => {
  const make = (options: unknown) => () => withAntiForgery(options as AntiForgeryOptions);
  assert.throws(
    make({ trusted: [] }),
    /^withAntiForgery: expected options among trustedOrigins, token, got "trusted"/,
  );
  assert.throws(make({ trustedOrigins: "https://a.example" }), /expected a list as "trustedOrigins"/);
  for (const origin of ["https://a.example/", "*", "a.example", "null", "https://a.example:443", null, /a/]) {
    assert.throws(
      make({ trustedOrigins: [origin] }),
      /^withAntiForgery: expected origins such as "https:\/\/a.example" as "trustedOrigins", got .+ no path/,
    );
  }
  assert.throws(make({ token: "yes" }), /^withAntiForgery: expected true or false as "token", got "yes"$/);
});

/* Tokens */

const keys = "a secret of at least 32 bytes, yes";

/** Every kind of keeping a session. */
const everywhere: [string, () => SessionOptions][] = [
  ["memory", () => ({ type: "memory" })],
  ["an asynchronous store", () => ({ type: asyncStore() })],
  ["the cookie", () => ({ type: "cookie", keys })],
];

const increment = (session: { readonly n?: Json }) => ({ ...session, n: Number(session.n ?? 0) + 1 });

const pages = routes(
  GET("/", "Hello"),
  GET("/form", (request) => html`<form method="post">${antiForgeryField(request)}</form>`),
  GET("/token", (request) => text(antiForgeryToken(request))),
  GET("/session", ({ session }) => json(session)),
  GET("/count", (request) => [alterSession(increment), text(antiForgeryToken(request))]),
  GET("/whole", (request) => [setSession({ whole: 1 }), text(antiForgeryToken(request))]),
  GET("/login", () => [recreateSession(), sessionAssoc("user", "Ada"), "hello"]),
  GET("/logout", () => [clearSession(), "bye"]),
  GET("/logout-form", (request) => [clearSession(), text(antiForgeryToken(request))]),
  GET("/after-logout", () => [clearSession(), (request) => text(antiForgeryToken(request))]),
  POST("/", ({ params }) => text(`Thank you ${params.name}`)),
);

const guarded = (options: SessionOptions = {}, ...inner: Decorator[]): Handler =>
  decorate(pages, ...inner, withAntiForgery({ token: true }), withMultipart(), withSession(options));

type Visit = ReturnType<typeof client>;

const tokenAt = async (visit: Visit, path: string): Promise<string> =>
  (await visit("GET", path))?.body as string;

const accepts = async (visit: Visit, token: string): Promise<boolean> => {
  const answer = await visit("POST", "/", { form: { name: "Ada", "__anti-forgery-token": token } });
  return answer?.status === 200;
};

for (const [where, options] of everywhere) {
  test(`a form with its field is taken, one without is not, in ${where}`, async () => {
    const visit = client(guarded(options()));
    const page = (await visit("GET", "/form"))?.body as string;
    const [, token] =
      /^<form method="post"><input type="hidden" name="__anti-forgery-token" value="([\w-]{64})"><\/form>$/.exec(
        page,
      ) ?? [];
    const form = { name: "Ada", "__anti-forgery-token": token as string };
    assert.is((await visit("POST", "/", { form }))?.body, "Thank you Ada");
    const refused = await visit("POST", "/", { form: { name: "Ada" } });
    assert.is(refused?.status, 403);
    assert.is(refused?.body, "This page is out of date: go back, reload it, and try again");
  });

  test(`a login keeps the forms that are open, in ${where}`, async () => {
    const visit = client(guarded(options()));
    const token = await tokenAt(visit, "/token");
    await visit("GET", "/login");
    assert.ok(await accepts(visit, token));
  });

  test(`a page that replaces the whole session has a token that holds, in ${where}`, async () => {
    const visit = client(guarded(options()));
    const [before, token] = [await tokenAt(visit, "/token"), await tokenAt(visit, "/whole")];
    assert.ok(await accepts(visit, before));
    assert.ok(await accepts(visit, token));
    assert.is(JSON.parse(await tokenAt(visit, "/session")).whole, 1);
  });

  test(`signing out ends the tokens, but for those of the page that does it, in ${where}`, async () => {
    const visit = client(guarded(options()));
    const token = await tokenAt(visit, "/token");
    await visit("GET", "/logout");
    assert.not.ok(await accepts(visit, token));
    for (const path of ["/logout-form", "/after-logout"]) {
      await visit("GET", "/login");
      assert.ok(await accepts(visit, await tokenAt(visit, path)), path);
      assert.is(JSON.parse(await tokenAt(visit, "/session")).user, undefined);
    }
  });
}

test("a visitor who is shown no token gets no session", async () => {
  const response = await guarded()(request("GET", "/"));
  assert.equal(response, {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "Hello",
  });
  const refused = await guarded()(request("POST", "/"));
  assert.is(refused?.headers["set-cookie"], undefined);
});

test("a page with a token is not for caches, also where the session stays as it is", async () => {
  const visit = client(guarded());
  await visit("GET", "/token");
  const again = await visit("GET", "/token");
  assert.equal(
    [again?.headers["cache-control"], again?.headers["set-cookie"]],
    ["private, no-store", undefined],
  );
  const inner = withAntiForgery({ token: true })((request) => ({
    status: 200,
    headers: { "cache-control": "private" },
    body: antiForgeryToken(request),
  }));
  const own = inner({ method: "GET", uri: "/", headers: {}, session: {} }) as Response;
  assert.is(own.headers["cache-control"], "private");
});

test("every token of a session is another text, and all of them hold", async () => {
  const visit = client(guarded());
  const tokens = [
    await tokenAt(visit, "/token"),
    await tokenAt(visit, "/token"),
    await tokenAt(visit, "/token"),
  ];
  assert.is(new Set(tokens).size, 3);
  for (const token of tokens) assert.ok(await accepts(visit, token));
});

test("the token may come as a header, and the header counts before the form", async () => {
  const visit = client(guarded());
  const token = await tokenAt(visit, "/token");
  const post = async (headers: Fields, form: Fields = {}) =>
    (await visit("POST", "/", { headers, form }))?.status;
  assert.is(await post({ "x-csrf-token": token }), 200);
  assert.is(await post({ "x-csrf-token": "" }, { "__anti-forgery-token": token }), 403);
  assert.is((await visit("POST", "/", { json: {}, headers: { "x-csrf-token": token } }))?.status, 200);
  assert.is((await visit("POST", "/", { json: { "__anti-forgery-token": token } }))?.status, 403);
});

test("a token of somebody else, of nobody, or twice is refused", async () => {
  const app = guarded();
  const [ada, eve] = [client(app), client(app)];
  await tokenAt(ada, "/token");
  const foreign = await tokenAt(eve, "/token");
  for (const token of [foreign, "", "a", "a".repeat(64), "é".repeat(64)])
    assert.not.ok(await accepts(ada, token));
  assert.not.ok(await accepts(client(app), foreign));
  const token = await tokenAt(ada, "/token");
  assert.not.ok(await accepts(ada, [token, token] as never));
});

test("a token in a query is none", async () => {
  const visit = client(guarded());
  const token = await tokenAt(visit, "/token");
  assert.is((await visit("POST", "/", { query: { "__anti-forgery-token": token } }))?.status, 403);
});

test("the origin counts in spite of a token", async () => {
  const visit = client(guarded());
  const headers = { "x-csrf-token": await tokenAt(visit, "/token"), "sec-fetch-site": "cross-site" };
  assert.is((await visit("POST", "/", { headers }))?.body, "This request came from another site");
});

test("a form with files is read where withMultipart is outside", async () => {
  const visit = client(guarded());
  const form = new FormData();
  form.set("name", "Ada");
  form.set("__anti-forgery-token", await tokenAt(visit, "/token"));
  const sent = new globalThis.Response(form);
  const headers = { "content-type": sent.headers.get("content-type") as string };
  const body = Buffer.from(await sent.arrayBuffer());
  assert.is((await visit("POST", "/", { headers, body }))?.body, "Thank you Ada");
  form.set("__anti-forgery-token", new File([], "token"));
  const odd = new globalThis.Response(form);
  const type = { "content-type": odd.headers.get("content-type") as string };
  assert.is(
    (await visit("POST", "/", { headers: type, body: Buffer.from(await odd.arrayBuffer()) }))?.status,
    403,
  );
});

test("the form is read once, and a form that is too large is 413", async () => {
  const visit = client(guarded());
  const token = await tokenAt(visit, "/token");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = Readable.from([`name=Ada&__anti-forgery-token=${token}`]);
  assert.is((await visit("POST", "/", { headers, body }))?.body, "Thank you Ada");
  try {
    await visit("POST", "/", { headers, body: "a".repeat(2 ** 20 + 1) });
    assert.unreachable();
  } catch (error) {
    assert.is((error as { status?: number }).status, 413);
  }
});

for (const [where, options] of everywhere.slice(0, 2)) {
  test(`pages made at the same time have tokens that all hold, in ${where}`, async () => {
    const visit = client(guarded(options()));
    await visit("GET", "/login");
    const tokens = await Promise.all(Array.from({ length: 8 }, () => tokenAt(visit, "/count")));
    for (const token of tokens) assert.ok(await accepts(visit, token));
    const { n, user } = JSON.parse(await tokenAt(visit, "/session"));
    assert.equal([n, user], [8, "Ada"]);
  });
}

test("however many pages are made at the same time, the session holds a few secrets", async () => {
  const visit = client(guarded({ type: asyncStore() }));
  await visit("GET", "/login");
  await Promise.all(Array.from({ length: 20 }, () => tokenAt(visit, "/token")));
  assert.is(JSON.parse(await tokenAt(visit, "/session")).antiForgeryToken.length, 8);
  assert.ok(await accepts(visit, await tokenAt(visit, "/token")));
});

test("a session that a decorator puts in place whole stays whole", async () => {
  const whole: Decorator = (handler) => (request) =>
    then(
      handler(request),
      (response) =>
        response && (request.uri === "/token" ? { ...response, session: { user: "Ada" } } : response),
    );
  const visit = client(guarded({}, whole));
  await visit("GET", "/whole");
  assert.ok(await accepts(visit, await tokenAt(visit, "/token")));
  const { antiForgeryToken, ...rest } = JSON.parse(await tokenAt(visit, "/session"));
  assert.equal(rest, { user: "Ada" });
});

test("secrets that are none are not believed", async () => {
  for (const antiForgeryToken of ["a".repeat(32), [1], ["short"], {}, null]) {
    const app = withAntiForgery({ token: true })(ok);
    const session = { antiForgeryToken } as Request["session"];
    const post = { method: "POST", uri: "/", headers: { "x-csrf-token": "a".repeat(64) }, session };
    assert.is(((await app(post)) as Response).status, 403);
  }
});

test("a plain call shows the secret in the session that results", () => {
  const app = withAntiForgery({ token: true })((request) => ({
    status: 200,
    headers: {},
    body: antiForgeryToken(request),
  }));
  const { session } = app({ method: "GET", uri: "/", headers: {}, session: { n: 1 } }) as Response;
  const { n, antiForgeryToken: secrets } = session as { n?: Json; antiForgeryToken?: string[] };
  assert.equal([n, secrets?.length], [1, 1]);
});

test("a response without headers gets them, and one whose request asked for nothing stays", () => {
  const get = { method: "GET", uri: "/", headers: {}, session: {} };
  const bare = withAntiForgery({ token: true })(
    (request) => ({ status: 200, body: antiForgeryToken(request) }) as Response,
  );
  assert.equal((bare(get) as Response).headers, { "cache-control": "private, no-store" });
  const response: Response = { status: 200, headers: {} };
  assert.is(deskResponse(response, get), response);
  assert.is(deskResponse(response, deskRequest(get)), response);
});

test("null stays null, and a promise a promise", async () => {
  const get = { method: "GET", uri: "/", headers: {}, session: {} };
  assert.is(withAntiForgery({ token: true })(() => null)(get), null);
  assert.is(await withAntiForgery({ token: true })(async () => null)(get), null);
});

test("tokens need a session, and the error says where it comes from", () => {
  assert.throws(
    () => withAntiForgery({ token: true })(ok)({ method: "GET", uri: "/", headers: {} }),
    /^withAntiForgery: expected a session, which its tokens are bound to, got undefined\. Put withSession outside: decorate/,
  );
});

test("tokens need the decorator, and the error says so", () => {
  const get = { method: "GET", uri: "/", headers: {}, session: {} };
  const missing = /^antiForgeryToken: expected a request inside withAntiForgery\(\{ token: true \}\)/;
  assert.throws(() => antiForgeryToken(get), missing);
  assert.throws(
    () =>
      withAntiForgery()((request) => ({ ...(ok(request) as Response), body: antiForgeryToken(request) }))(
        get,
      ),
    missing,
  );
});

test("a first token that is asked for while the body is sent is refused, a later one is not", async () => {
  const seen: Request[] = [];
  const visit = client(
    guarded({}, (handler) => (request) => {
      seen.push(request);
      return handler(request);
    }),
  );
  await visit("GET", "/");
  assert.throws(
    () => antiForgeryToken(seen[0] as Request),
    /^antiForgeryToken: expected to be called before the response is there/,
  );
  await visit("GET", "/token");
  assert.ok(await accepts(visit, antiForgeryToken(seen[1] as Request)));
});

test.run();
