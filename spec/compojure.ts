/** The page on sessions of Compojure 0.3's documentation, sample by sample; its two unwritten headings are written here. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  clearSession,
  decorate,
  flashAssoc,
  GET,
  memoryStore,
  redirectTo,
  routes,
  sessionAssoc,
  setSession,
  withSession,
} from "../lib/index.js";
import { client, request, storeContract } from "../lib/testing.js";
import type { Handler, SessionStore } from "../lib/types.js";

const yourHandler = routes(
  GET("/welcome", ({ session }) => `Hello ${session.name ?? "stranger"}`),
  GET("/whole", ({ params }) => ({ session: { name: params.name }, body: "Your name has been set" })),
  GET("/set-session", ({ params }) => [setSession({ name: params.name }), "Your name has been set"]),
  GET("/set-name", ({ params }) => [sessionAssoc("name", params.name), "Your name has been set"]),
  GET("/logout", () => [clearSession(), redirectTo("/login")]),
  GET("/save", () => [flashAssoc("notice", "Saved"), redirectTo("/notice")]),
  GET("/notice", ({ flash }) => `Notice: ${flash.notice ?? "none"}`),
);

const welcome = async (visit: ReturnType<typeof client>) => (await visit("GET", "/welcome"))?.body;

/** What every way of keeping sessions does for the samples of the page. */
async function holds(app: Handler) {
  const visit = client(app);
  assert.is(await welcome(visit), "Hello stranger");
  assert.is((await visit("GET", "/set-name?name=Ada"))?.body, "Your name has been set");
  assert.is(await welcome(visit), "Hello Ada");
}

test("enabling sessions: a map that describes the type of storage", () =>
  holds(decorate(yourHandler, withSession({ type: "memory" }))));

test("enabling sessions: serialized in the cookie, secured with an HMAC", () =>
  holds(decorate(yourHandler, withSession({ type: "cookie", keys: "a secret of at least 32 bytes, yes" }))));

test("enabling sessions: the type alone", () => holds(decorate(yourHandler, withSession("memory"))));

test("enabling sessions: with an expiry time in seconds", () =>
  holds(decorate(yourHandler, withSession({ type: "memory", expires: 600 }))));

test("reading sessions: a map in the request", () => {
  const app = GET("/welcome", ({ session }) => `Hello ${session.name}`);
  const response = app({ ...request("GET", "/welcome"), session: { name: "Ada" } });
  assert.is((response as { body: string }).body, "Hello Ada");
});

test("writing sessions: the whole of it, by a map or by setSession", async () => {
  for (const path of ["/whole", "/set-session"]) {
    const visit = client(decorate(yourHandler, withSession("memory")));
    assert.is((await visit("GET", `${path}?name=Ada`))?.body, "Your name has been set");
    assert.is(await welcome(visit), "Hello Ada");
  }
});

test("writing sessions: one key, without affecting other session data", async () => {
  const keep = GET("/keep", () => [sessionAssoc("cart", 3), "kept"]);
  const show = GET("/show", ({ session }) => JSON.stringify(session));
  const visit = client(decorate(routes(yourHandler, keep, show), withSession("memory")));
  await visit("GET", "/keep");
  await visit("GET", "/set-name?name=Ada");
  assert.is((await visit("GET", "/show"))?.body, '{"cart":3,"name":"Ada"}');
});

test("deleting sessions: clearSession, and off to the login", async () => {
  const visit = client(decorate(yourHandler, withSession("memory")));
  await visit("GET", "/set-name?name=Ada");
  const response = await visit("GET", "/logout");
  assert.equal([response?.status, response?.headers.location], [302, "/login"]);
  assert.is(await welcome(visit), "Hello stranger");
});

test("flash data: there in the next request, and gone after it", async () => {
  const visit = client(decorate(yourHandler, withSession("memory")));
  await visit("GET", "/save");
  assert.is((await visit("GET", "/notice"))?.body, "Notice: Saved");
  assert.is((await visit("GET", "/notice"))?.body, "Notice: none");
});

const mine = (): SessionStore => {
  const { read, create, update, delete: remove } = memoryStore();
  return { read, create, update, delete: remove };
};

test("adding custom storage types: a map of four functions", () =>
  holds(decorate(yourHandler, withSession({ type: mine(), expires: 600 }))));

test("adding custom storage types: storeContract tells whether it is right", () =>
  Promise.all(storeContract(mine).map(({ check }) => check())).then(() => {}));

test.run();
