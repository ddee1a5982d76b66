import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withSession } from "../../lib/middleware/session.js";
import { json } from "../../lib/response.js";
import { GET, routes } from "../../lib/routes.js";
import type { StoreErrorHandler } from "../../lib/session/options.js";
import { memoryStore } from "../../lib/stores/memory.js";
import { request } from "../../lib/testing/request.js";
import type { Handler, Response, SessionStore } from "../../lib/types.js";
import { clearSession, flashAssoc, sessionAssoc } from "../../lib/updates.js";

const { error: log } = console;
test.before(() => {
  console.error = () => {};
});
test.after(() => {
  console.error = log;
});

let runs = 0;
const pages = routes(
  GET("/", ({ session, flash }) => {
    runs += 1;
    return json({ session, flash });
  }),
  GET("/set", () => [sessionAssoc("a", 1), { headers: { "x-page": "set" } }, "set"]),
  GET("/flash", () => [flashAssoc("a", 1), "flashed"]),
  GET("/logout", () => [clearSession(), "bye"]),
  GET("/throws", () => {
    throw new Error("the page's own");
  }),
);

const goingOn: StoreErrorHandler = (_, __, goOn) => goOn();
const app = (onStoreError: StoreErrorHandler, store: Partial<SessionStore>, handler: Handler = pages) =>
  decorate(handler, withSession({ type: { ...memoryStore(), ...store }, onStoreError, deadline: 0.02 }));

const down = () => Promise.reject<never>(new Error("down"));
const known = request("GET", "/", { headers: { cookie: `composure-session=${"a".repeat(32)}` } });
const at = (uri: string) => ({ ...known, uri });

/** A session with a flash that was there before the store failed. */
async function begun(store: Partial<SessionStore>): Promise<{ store: SessionStore; headers: object }> {
  const type = memoryStore();
  const start = decorate(
    GET("/", () => [sessionAssoc("b", 2), flashAssoc("n", 1), "x"]),
    withSession(type),
  );
  const response = (await start(request("GET", "/"))) as Response;
  const cookie = String(response.headers["set-cookie"]).split(";")[0]!;
  return { store: { ...type, ...store }, headers: { cookie } };
}

const failure = async (answer: () => unknown) => {
  try {
    await answer();
  } catch (error) {
    return error as Error & { status?: number };
  }
  return assert.unreachable() as never;
};

test("where the session cannot be read, goOn runs the handler with an empty one", async () => {
  for (const read of [down, () => new Promise<never>(() => {})]) {
    const response = await app(goingOn, { read })(known);
    assert.equal([response?.status, response?.body], [200, '{"session":{},"flash":{}}']);
  }
});

test("where the store throws at once, the answer is there at once", () => {
  const read = () => {
    throw new Error("down");
  };
  assert.is((app(goingOn, { read })(known) as Response).body, '{"session":{},"flash":{}}');
});

test("the function gets the 503 with its cause, and the request", async () => {
  let got: unknown[] = [];
  const own = { status: 200, headers: {}, body: "closed for the day" };
  const noting: StoreErrorHandler = (error, { uri }) => {
    got = [error, uri];
    return own;
  };
  const answer = await app(noting, { read: down })(at("/set"));
  assert.is(answer, own);
  const [error, uri] = got as [Error & { status: number }, string];
  assert.equal([error.status, (error.cause as Error).message, uri], [503, "down", "/set"]);
});

test("it may be async, and it may throw what it was given", async () => {
  const later: StoreErrorHandler = async (_, __, goOn) => {
    await wait(1);
    return goOn();
  };
  assert.is((await app(later, { read: down })(known))?.status, 200);
  const strict: StoreErrorHandler = (error) => {
    throw error;
  };
  assert.is((await failure(() => app(strict, { read: down })(known))).status, 503);
});

test("what is not known is not changed: without the session a change of it, or of the flash, is the 503", async () => {
  let asked = 0;
  const counting: StoreErrorHandler = (_, __, goOn) => {
    asked += 1;
    return goOn();
  };
  for (const uri of ["/set", "/flash", "/logout"]) {
    const error = await failure(() => app(counting, { read: down })(at(uri)));
    assert.is(error.status, 503, uri);
  }
  assert.is(asked, 3, "it is asked once for each request");
});

test("however often goOn is called, the handler runs once, also one that throws", async () => {
  runs = 0;
  const twice: StoreErrorHandler = async (_, __, goOn) => {
    assert.is(goOn(), goOn());
    return goOn();
  };
  await app(twice, { read: down })(known);
  assert.is(runs, 1);
  let thrown = 0;
  const throwing = () => {
    thrown += 1;
    throw new Error("mine");
  };
  const trying: StoreErrorHandler = (_, __, goOn) => {
    assert.throws(goOn, "mine");
    return goOn();
  };
  assert.is((await failure(() => app(trying, { read: down }, throwing)(known))).message, "mine");
  assert.is(thrown, 1);
});

test("a handler that answers null is passed on", async () => {
  assert.is(await app(goingOn, { read: down })(at("/nowhere")), null);
});

test("the handler's own errors are none of its business, and neither are wrong values", async () => {
  const never: StoreErrorHandler = () => assert.unreachable() as never;
  assert.is((await failure(() => app(never, {})(at("/throws")))).message, "the page's own");
  const bad = decorate(
    GET("/", () => ({ session: { a: 1 } })),
    withSession({ onStoreError: never, label: () => 5 as never }),
  );
  assert.match((await failure(() => bad(request("GET", "/")))).message, /the function "label"/);
});

test("where a session cannot be saved, goOn sends the response as the handler made it, and no cookie", async () => {
  const response = await app(goingOn, { create: down })(request("GET", "/set"));
  assert.equal(Object.keys(response!).sort(), ["body", "headers", "status"]);
  assert.equal([response?.status, response?.body, response?.headers["x-page"]], [200, "set", "set"]);
  assert.is(response?.headers["set-cookie"], undefined);
});

test("a flash that cannot be taken out of its record is a session that cannot be read", async () => {
  const { store, headers } = await begun({ update: down });
  const ask = (uri: string) => app(goingOn, store)(request("GET", uri, { headers: headers as never }));
  assert.is((await ask("/"))?.body, '{"session":{},"flash":{}}');
  assert.is((await failure(() => ask("/set"))).status, 503);
});

test("a logout that cannot be saved leaves the browser's cookie alone", async () => {
  const { store, headers } = await begun({});
  const broken = { ...store, delete: down };
  const response = await app(goingOn, broken)(request("GET", "/logout", { headers: headers as never }));
  assert.equal([response?.status, response?.body], [200, "bye"]);
  assert.is(response?.headers["set-cookie"], undefined);
  const after = await app(goingOn, store)(request("GET", "/", { headers: headers as never }));
  assert.is(after?.body, '{"session":{"b":2},"flash":{}}', "the session is as it was");
});

test("a touch that fails is not its business: the session is there", async () => {
  const never: StoreErrorHandler = () => assert.unreachable() as never;
  const type: SessionStore = { ...memoryStore(), touch: down };
  const handler = decorate(pages, withSession({ type, onStoreError: never, expires: 0.1 }));
  const { headers } = (await handler(request("GET", "/set"))) as Response;
  await wait(20);
  const cookie = String(headers["set-cookie"]).split(";")[0]!;
  assert.is((await handler(request("GET", "/", { headers: { cookie } })))?.status, 200);
});

test("of a response that is not sent in the end the body is let go of", async () => {
  const body = Readable.from(["x"]);
  const handler: Handler = () => ({ status: 200, headers: {}, session: { a: 1 }, body });
  const own = { status: 503, headers: {}, body: "sorry" };
  assert.is(await app(() => own, { create: down }, handler)(request("GET", "/")), own);
  assert.ok(body.destroyed);
  const kept = Readable.from(["x"]);
  const keeping: Handler = () => ({ status: 200, headers: {}, session: { a: 1 }, body: kept });
  assert.is((await app(goingOn, { create: down }, keeping)(request("GET", "/")))?.body, kept);
  assert.not.ok(kept.destroyed);
});

test("the body that goOn gave may be sent inside of another one, and is let go of where none is sent", async () => {
  const handlerOf =
    (body: Readable): Handler =>
    () => ({ status: 200, headers: {}, session: { a: 1 }, body });
  const sending = (body: Readable, onStoreError: StoreErrorHandler) =>
    app(onStoreError, { create: down }, handlerOf(body))(request("GET", "/"));

  const shouting: StoreErrorHandler = async (_, __, goOn) => {
    const response = (await goOn()) as Response;
    const body = (response.body as Readable).map((chunk: string) => chunk.toUpperCase());
    return { ...response, body };
  };
  const wrapped = (await sending(Readable.from(["some ", "text"]), shouting)) as Response;
  assert.is((await (wrapped.body as Readable).toArray()).join(""), "SOME TEXT");

  for (const body of ["sorry", null, undefined]) {
    const unsent = Readable.from(["x"]);
    await sending(unsent, (_, __, goOn) => {
      goOn();
      return { status: 503, headers: {}, body };
    });
    assert.ok(unsent.destroyed, String(body));
  }
  const refused = Readable.from(["x"]);
  await failure(() =>
    sending(refused, (error, _, goOn) => {
      goOn();
      throw error;
    }),
  );
  assert.ok(refused.destroyed);
});

test("a function that gives nothing is told so", async () => {
  const nothing = (() => {}) as never;
  assert.match(
    (await failure(() => app(nothing, { read: down })(known))).message,
    /the function "onStoreError" to give a response, got undefined\. Return goOn\(\)/,
  );
});

test("without a failure all is as ever, also what is synchronous", () => {
  const never: StoreErrorHandler = () => assert.unreachable() as never;
  const handler = app(never, {});
  assert.is((handler(request("GET", "/set")) as Response).headers["cache-control"], "private, no-store");
  assert.equal(handler({ ...at("/set"), session: { c: 3 } }), {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "x-page": "set" },
    body: "set",
    session: { c: 3, a: 1 },
  });
});

test.run();
