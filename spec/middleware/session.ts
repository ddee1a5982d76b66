import { createReadStream, type ReadStream } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { withSession } from "../../lib/middleware/session.js";
import { answering } from "../../lib/open.js";
import { json, redirectTo } from "../../lib/response.js";
import { GET, POST, routes } from "../../lib/routes.js";
import type { SessionOptions } from "../../lib/session/options.js";
import { memoryStore } from "../../lib/stores/memory.js";
import { client } from "../../lib/testing/client.js";
import { request } from "../../lib/testing/request.js";
import type { Handler, Request, Response, Session, SessionRecord, SessionStore } from "../../lib/types.js";
import {
  alterSession,
  clearSession,
  flashAssoc,
  recreateSession,
  sessionAssoc,
  sessionDissoc,
  setSession,
} from "../../lib/updates.js";
import { run } from "../house/child.js";
import { later, setRight } from "../house/clock.js";
import { asyncStore } from "../stores/slow.js";

const keys = "a secret of at least 32 bytes, yes";

/** Every kind of keeping a session, where the guarantees hold that all kinds give. */
const everywhere: [string, () => SessionOptions][] = [
  ["memory", () => ({ type: "memory" })],
  ["an asynchronous store", () => ({ type: asyncStore() })],
  ["the cookie", () => ({ type: "cookie", keys })],
];
const onServer = everywhere.slice(0, 2);

const increment = (session: Session): Session => ({ ...session, n: Number(session.n ?? 0) + 1 });

/** An application that does to a session all that can be done. */
const app = (options: SessionOptions): Handler =>
  decorate(
    routes(
      GET("/", ({ session, flash }) => json({ session, flash })),
      GET("/set/:key/:value", ({ params }) => [sessionAssoc(params.key, params.value), "set"]),
      GET("/drop/:key", ({ params }) => [sessionDissoc(params.key), "dropped"]),
      GET("/whole/:value", ({ params }) => ({ session: { whole: params.value }, body: "whole" })),
      GET("/count", () => [alterSession(increment), "counted"]),
      GET("/slow/:ms/count", async ({ params }) => {
        await wait(Number(params.ms));
        return [alterSession(increment), "counted"];
      }),
      GET("/slow/:ms/set/:key/:value", async ({ params }) => {
        await wait(Number(params.ms));
        return [sessionAssoc(params.key, params.value), "set"];
      }),
      GET("/login/:name", ({ params }) => [recreateSession(), sessionAssoc("user", params.name), "hello"]),
      GET("/recreate", () => [recreateSession(), "recreated"]),
      GET("/slow/:ms/recreate", async ({ params }) => {
        await wait(Number(params.ms));
        return [recreateSession(), "recreated"];
      }),
      GET("/logout", () => [clearSession(), redirectTo("/")]),
      GET("/logout/flash", () => [clearSession(), flashAssoc("notice", "bye"), redirectTo("/")]),
      GET("/again", () => [clearSession(), sessionAssoc("fresh", true), "again"]),
      GET("/flash/:key/:value", ({ params }) => [flashAssoc(params.key, params.value), "flashed"]),
      GET("/slow/:ms/flash/:key", async ({ params }) => {
        await wait(Number(params.ms));
        return [flashAssoc(params.key, true), "flashed"];
      }),
      GET("/fail", () => {
        throw new Error("no");
      }),
      POST("/set-name", ({ params }) => [sessionAssoc("name", params.name), "Your name has been set"]),
    ),
    withSession(options),
  );

/** What is written to the console here is looked at, and shown to nobody. */
const logged: unknown[][] = [];
const { error: log } = console;
test.after.each(setRight);
test.before(() => {
  console.error = (...words) => void logged.push(words);
});
test.after(() => {
  console.error = log;
});

const seen = async (visit: ReturnType<typeof client>) => JSON.parse(String((await visit("GET", "/"))?.body));
const cookieOf = (response: Response | null) =>
  String(response?.headers["set-cookie"] ?? "")
    .split(";")[0]!
    .split("=")[1]!;

for (const [kind, options] of everywhere) {
  test(`${kind}: without a change nothing is kept and no cookie is sent`, async () => {
    const handler = app(options());
    for (const uri of ["/", "/drop/x", "/recreate"]) {
      assert.is((await handler(request("GET", uri)))?.headers["set-cookie"], undefined, uri);
    }
    assert.equal(await seen(client(handler)), { session: {}, flash: {} });
  });

  test(`${kind}: what is written is read by the next request`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/name/Ada");
    await visit("GET", "/set/tea/green");
    await visit("GET", "/drop/name");
    await visit("GET", "/count");
    assert.equal((await seen(visit)).session, { tea: "green", n: 1 });
    await visit("GET", "/whole/new");
    assert.equal((await seen(visit)).session, { whole: "new" });
  });

  test(`${kind}: session and flash are taken off the response, and a cookie is no cache's business`, async () => {
    const visit = client(app(options()));
    const response = await visit("GET", "/set/name/Ada");
    assert.equal(Object.keys(response!).sort(), ["body", "headers", "status"]);
    assert.is(response?.headers["cache-control"], "private, no-store");
    assert.match(
      String(response?.headers["set-cookie"]),
      /^composure-session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  test(`${kind}: clearing deletes the session and expires its cookie`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/name/Ada");
    const response = await visit("GET", "/logout");
    assert.match(
      String(response?.headers["set-cookie"]),
      /^composure-session=; Max-Age=0;.*Expires=Thu, 01 Jan 1970/,
    );
    assert.equal((await seen(visit)).session, {});
  });

  test(`${kind}: updates after clearing begin another session`, async () => {
    const visit = client(app(options()));
    const before = cookieOf(await visit("GET", "/set/name/Ada"));
    const after = cookieOf(await visit("GET", "/again"));
    assert.ok(after && after !== before);
    assert.equal((await seen(visit)).session, { fresh: true });
  });

  test(`${kind}: a flash is there in the next request and gone after it, looked at or not`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/flash/notice/saved");
    assert.equal((await seen(visit)).flash, { notice: "saved" });
    assert.equal((await seen(visit)).flash, {});
    await visit("GET", "/flash/notice/unseen");
    await visit("GET", "/set/a/1");
    assert.equal(await seen(visit), { session: { a: "1" }, flash: {} });
  });

  test(`${kind}: a flash set together with clearing survives it, under a new id`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/name/Ada");
    await visit("GET", "/logout/flash");
    assert.equal(await seen(visit), { session: {}, flash: { notice: "bye" } });
    assert.equal(await seen(visit), { session: {}, flash: {} });
  });

  test(`${kind}: recreating keeps the data under another value of the cookie`, async () => {
    const visit = client(app(options()));
    const before = cookieOf(await visit("GET", "/set/name/Ada"));
    const after = cookieOf(await visit("GET", "/login/ada"));
    assert.ok(after && after !== before);
    assert.equal((await seen(visit)).session, { name: "Ada", user: "ada" });
  });

  test(`${kind}: the session that a handler reads is frozen all the way down`, async () => {
    let session: Session | undefined;
    const handler = decorate(
      routes(
        GET("/", (request) => {
          session = request.session;
          return "x";
        }),
        GET("/set", () => [setSession({ deep: { list: [1] } }), "x"]),
      ),
      withSession(options()),
    );
    const visit = client(handler);
    await visit("GET", "/");
    assert.ok(Object.isFrozen(session));
    await visit("GET", "/set");
    await visit("GET", "/");
    assert.throws(() => (session as { deep: { list: number[] } }).deep.list.push(2), TypeError);
  });

  test(`${kind}: any JSON comes back as it went in`, async () => {
    const value = {
      text: "\u0000 \ud800 é 😀",
      list: [1, 2.5, -1e21, null, true, [{}]],
      map: { constructor: 1, toString: "x" },
    };
    let read: Session | undefined;
    const handler = decorate(
      routes(
        GET("/write", () => [sessionAssoc("value", value), "x"]),
        GET("/read", ({ session }) => {
          read = session;
          return "x";
        }),
      ),
      withSession(options()),
    );
    const visit = client(handler);
    await visit("GET", "/write");
    await visit("GET", "/read");
    assert.equal(read?.value, JSON.parse(JSON.stringify(value)));
  });

  test(`${kind}: an idle session ends, and each request renews it`, async () => {
    const visit = client(app({ ...options(), expires: 0.4 }));
    await visit("GET", "/set/name/Ada");
    for (let i = 0; i < 3; i++) {
      later(0.25);
      assert.equal((await seen(visit)).session, { name: "Ada" }, `after ${i + 1} pauses`);
    }
    later(0.5);
    assert.equal((await seen(visit)).session, {});
  });

  test(`${kind}: lifetime ends a session whatever the activity, also through recreating`, async () => {
    const visit = client(app({ ...options(), lifetime: 0.5, expires: 0.4 }));
    await visit("GET", "/set/name/Ada");
    later(0.3);
    await visit("GET", "/recreate");
    assert.equal((await seen(visit)).session, { name: "Ada" });
    later(0.25);
    assert.equal((await seen(visit)).session, {});
  });

  test(`${kind}: cookies of others, garbage and unknown ids are no session, and never adopted`, async () => {
    const handler = app(options());
    for (const value of [
      "",
      "x",
      "a".repeat(32),
      "%zz",
      '"quoted"',
      "ey.J.h.b.G",
      `${"e".repeat(4000)}`,
      "__proto__",
    ]) {
      const cookie = `other=1; composure-session=${value}; last=%`;
      const read = (await handler(request("GET", "/", { headers: { cookie } }))) as Response;
      assert.equal(JSON.parse(String(read.body)).session, {}, value);
      const written = (await handler(request("GET", "/set/a/1", { headers: { cookie } }))) as Response;
      assert.ok(cookieOf(written) !== value && cookieOf(written) !== "");
    }
  });

  test(`${kind}: a handler that fails or answers null saves nothing`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/a/1");
    assert.is(await visit("GET", "/nowhere"), null);
    try {
      await visit("GET", "/fail");
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, "no");
    }
    assert.equal((await seen(visit)).session, { a: "1" });
  });

  test(`${kind}: a request that has a session is left alone, and so is what it makes of it`, async () => {
    const handler = app(options());
    const given = { ...request("GET", "/set/a/1"), session: { b: 2 } };
    const response = (await handler(given)) as Response;
    assert.equal(response.session, { b: 2, a: "1" });
    assert.is(response.headers["set-cookie"], undefined);
  });

  test(`${kind}: of two withSession around each other the outer one keeps the session`, async () => {
    const visit = client(decorate(app({ type: "memory" }), withSession(options())));
    await visit("GET", "/set/a/1");
    assert.equal((await seen(visit)).session, { a: "1" });
    assert.equal((await visit("GET", "/"))?.headers["set-cookie"], undefined);
  });

  test(`${kind}: a session that a decorator puts in place of another's is set whole`, async () => {
    const meddle =
      (handler: Handler): Handler =>
      (request) => {
        const response = handler(request) as Response;
        return response.session ? { ...response, session: { mine: true } } : response;
      };
    const inner = routes(
      GET("/set", () => [sessionAssoc("a", 1), "x"]),
      GET("/", ({ session, flash }) => json({ session, flash })),
    );
    const visit = client(decorate(inner, meddle, withSession(options())));
    await visit("GET", "/set");
    assert.equal((await seen(visit)).session, { mine: true });
  });

  test(`${kind}: other cookies of the response stay, and a cache-control of its own`, async () => {
    const headers = { "set-cookie": ["a=1", "b=2"], "cache-control": "no-cache" };
    const handler = decorate(
      GET("/", () => [{ headers }, sessionAssoc("a", 1), "x"]),
      withSession(options()),
    );
    const response = (await handler(request("GET", "/"))) as Response;
    assert.is((response.headers["set-cookie"] as string[]).length, 3);
    assert.is(response.headers["cache-control"], "no-cache");
  });
}

for (const [kind, options] of onServer) {
  test(`${kind}: no lost update: a thousand concurrent increments count to a thousand`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/a/1");
    await Promise.all(Array.from({ length: 1000 }, (_, i) => visit("GET", `/slow/${i % 7}/count`)));
    assert.equal((await seen(visit)).session, { a: "1", n: 1000 });
  });

  test(`${kind}: requests at the same time each change what they name, and nothing else`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/keep/1");
    await Promise.all(Array.from({ length: 50 }, (_, i) => visit("GET", `/slow/${i % 5}/set/k${i}/${i}`)));
    const { session } = await seen(visit);
    assert.is(Object.keys(session).length, 51);
    assert.is(session.k49, "49");
  });

  test(`${kind}: deleting wins: a slow request that began before a logout does not bring the session back`, async () => {
    const handler = app(options());
    const visit = client(handler);
    const cookie = cookieOf(await visit("GET", "/set/user/ada"));
    const slow = visit("GET", "/slow/30/set/late/1");
    await wait(5);
    await visit("GET", "/logout");
    const late = await slow;
    assert.is(late?.status, 200);
    assert.is(late?.headers["set-cookie"], undefined, "the browser's cookie is left alone");
    const headers = { cookie: `composure-session=${cookie}` };
    assert.equal(JSON.parse(String((await handler(request("GET", "/", { headers })))?.body)).session, {});
    assert.equal((await seen(visit)).session, {});
  });

  test(`${kind}: a logout under way wins over recreating`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/user/ada");
    const slow = visit("GET", "/slow/30/recreate");
    await wait(5);
    await visit("GET", "/logout");
    assert.is((await slow)?.headers["set-cookie"], undefined);
    assert.equal((await seen(visit)).session, {});
  });

  test(`${kind}: a write that began under an id that was recreated meanwhile is refused`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/a/1");
    const slow = visit("GET", "/slow/30/set/late/1");
    await wait(5);
    await visit("GET", "/login/ada");
    await slow;
    assert.equal((await seen(visit)).session, { a: "1", user: "ada" });
  });

  test(`${kind}: of two that recreate at the same time one wins, and the old id is dead`, async () => {
    const handler = app(options());
    const visit = client(handler);
    const old = cookieOf(await visit("GET", "/set/a/1"));
    const headers = { cookie: `composure-session=${old}` };
    const both = await Promise.all(
      [1, 2].map(() => handler(request("GET", "/slow/10/recreate", { headers }))),
    );
    assert.is(both.filter((response) => response?.headers["set-cookie"]).length, 1);
    const again = (await handler(request("GET", "/", { headers }))) as Response;
    assert.equal(JSON.parse(String(again.body)).session, {});
  });

  test(`${kind}: recreating carries over what others wrote meanwhile`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/a/1");
    const slow = visit("GET", "/slow/30/recreate");
    await wait(5);
    await visit("GET", "/set/b/2");
    await slow;
    assert.equal((await seen(visit)).session, { a: "1", b: "2" });
  });

  test(`${kind}: a flash is seen exactly once, however many requests come at the same time`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/a/1");
    await visit("GET", "/flash/notice/once");
    const all = await Promise.all(Array.from({ length: 20 }, () => seen(visit)));
    assert.is(all.filter(({ flash }) => flash.notice === "once").length, 1);
    assert.ok(all.every(({ session }) => session.a === "1"));
  });

  test(`${kind}: flashes of requests at the same time are all seen`, async () => {
    const visit = client(app(options()));
    await visit("GET", "/set/a/1");
    await Promise.all(["x", "y", "z"].map((key) => visit("GET", `/slow/20/flash/${key}`)));
    assert.equal((await seen(visit)).flash, { x: true, y: true, z: true });
  });
}

test("a logout while a login is being saved wins: the session is under no id afterwards", async () => {
  const inner = memoryStore();
  let creating = () => {};
  const created = new Promise<void>((resolve) => {
    creating = resolve;
  });
  let first = true;
  const store: SessionStore = {
    ...inner,
    async create(id, record, keep) {
      if (!first) {
        creating();
        await wait(30);
      }
      first = false;
      return inner.create(id, record, keep);
    },
  };
  const handler = app({ type: store });
  const visit = client(handler);
  await visit("GET", "/set/a/1");
  const login = visit("GET", "/login/ada");
  await created;
  const logout = await visit("GET", "/logout");
  assert.match(String(logout?.headers["set-cookie"]), /Max-Age=0/);
  assert.is((await login)?.headers["set-cookie"], undefined);
  assert.is(inner.size, 0);
});

test("a request that is answered by null or an error renews the session too", async () => {
  const visit = client(app({ type: "memory", expires: 0.4 }));
  await visit("GET", "/set/a/1");
  for (const uri of ["/nowhere", "/fail", "/nowhere"]) {
    later(0.25);
    await visit("GET", uri).catch(() => {});
  }
  assert.equal((await seen(visit)).session, { a: "1" });
});

test("a cookie of our name that somebody else has set does not hide ours", async () => {
  const handler = app({ type: "memory" });
  const ours = cookieOf((await handler(request("GET", "/set/a/1"))) as Response);
  const cookie = `composure-session=${"x".repeat(32)}; composure-session=junk; composure-session=${ours}`;
  const response = (await handler(request("GET", "/", { headers: { cookie } }))) as Response;
  assert.equal(JSON.parse(String(response.body)).session, { a: "1" });
});

test("of hundreds of cookies of our name the first four are looked at", async () => {
  const inner = memoryStore();
  let reads = 0;
  const read: SessionStore["read"] = (id) => {
    reads += 1;
    return inner.read(id);
  };
  const handler = app({ type: { ...inner, read } });
  const ours = cookieOf((await handler(request("GET", "/set/a/1"))) as Response);
  const others = (count: number) =>
    Array.from({ length: count }, (_, i) => `composure-session=${String(i).padStart(32, "x")}`);
  const sessionOf = async (cookies: readonly string[]) => {
    const response = (await handler(
      request("GET", "/", { headers: { cookie: cookies.join("; ") } }),
    )) as Response;
    return JSON.parse(String(response.body)).session;
  };
  assert.equal(await sessionOf([...others(3), `composure-session=${ours}`]), { a: "1" });
  reads = 0;
  assert.equal(await sessionOf([...others(310), `composure-session=${ours}`]), {});
  assert.is(reads, 4);
});

test("options of the cookie that are undefined take nothing away", async () => {
  const cookie = { httpOnly: undefined, sameSite: undefined, path: undefined } as never;
  const response = await app({ type: "memory", cookie })(request("GET", "/set/a/1"));
  assert.match(String(response?.headers["set-cookie"]), /; Path=\/; HttpOnly; SameSite=Lax$/);
});

test("an error of subject is the application's, and so is what it gives if that is no text", async () => {
  for (const subject of [
    () => ({}),
    () => 5,
    () => {
      throw new TypeError("mine");
    },
  ]) {
    const error = (await failureOf(
      app({ type: "memory", subject: subject as never }),
      request("GET", "/set/a/1"),
    )) as Error;
    assert.instance(error, TypeError);
  }
});

test("a response of a plain handler without headers gets its cookie", async () => {
  const handler = decorate((() => ({ status: 200, session: { a: 1 } })) as never, withSession());
  assert.match(String((await handler(request("GET", "/")))?.headers["set-cookie"]), /^composure-session=/);
});

test("a stream that fails while the session is saved does not end the process", async () => {
  const handler = decorate(
    GET("/", () => [sessionAssoc("a", 1), createReadStream("/nowhere/at/all")]),
    withSession({ type: asyncStore() }),
  );
  const response = (await handler(request("GET", "/"))) as unknown as { body: ReadStream };
  await wait(20);
  assert.ok(response.body.errored);
});

test("an id carries 192 random bits, and a store only sees its hash", async () => {
  const ids: string[] = [];
  const inner = memoryStore();
  const spy: SessionStore = {
    ...inner,
    create(id, record, keep) {
      ids.push(id);
      return inner.create(id, record, keep);
    },
  };
  const cookie = cookieOf(await client(app({ type: spy }))("GET", "/set/a/1"));
  assert.match(cookie, /^[\w-]{32}$/);
  assert.match(ids[0]!, /^[\w-]{43}$/);
  assert.not.ok(ids[0]!.includes(cookie));
});

test("a request without a session cookie does not touch the store", async () => {
  const never = () => {
    throw new Error("touched");
  };
  const store: SessionStore = { read: never, create: never, update: never, delete: never };
  assert.is((await app({ type: store })(request("GET", "/")))?.status, 200);
});

test("the record says nothing but session, flash and times, and its ttl follows the options", async () => {
  const calls: [string, SessionRecord, object][] = [];
  const inner = memoryStore();
  const store: SessionStore = {
    ...inner,
    create(id, record, keep) {
      calls.push([id, record, keep]);
      return inner.create(id, record, keep);
    },
  };
  const subject = (session: Session) => session.user as string | undefined;
  await client(app({ type: store, expires: 60, lifetime: 30, subject }))("GET", "/login/ada");
  const [, record, keep] = calls[0]!;
  assert.equal(Object.keys(record), ["session", "created", "renewed"]);
  assert.equal(keep, { ttl: 30, subject: "ada" });
});

test("no page outside of withSession touches the store, whatever cookie comes", async () => {
  const never = () => {
    throw new Error("touched");
  };
  const type: SessionStore = { read: never, create: never, update: never, delete: never };
  const handler = routes(
    GET("/public", "open to all"),
    decorate(
      GET("/account", ({ session }) => json(session)),
      withSession(type),
    ),
  );
  const headers = { cookie: `composure-session=${"a".repeat(32)}` };
  assert.is((await handler(request("GET", "/public", { headers })))?.body, "open to all");
});

test("label: kept beside the subject, as the change leaves it", async () => {
  const labels: (string | undefined)[] = [];
  const inner = memoryStore();
  const type: SessionStore = {
    ...inner,
    create(id, record, keep) {
      labels.push(keep.label);
      return inner.create(id, record, keep);
    },
    async update(id, change, keep) {
      const done = await inner.update(id, change, keep);
      labels.push(keep.label);
      return done;
    },
  };
  const label = (session: Session) => session.device as string | undefined;
  const visit = client(app({ type, label }));
  await visit("GET", "/set/a/1");
  await visit("GET", "/set/device/Firefox");
  await visit("GET", "/set/b/2");
  await visit("GET", "/drop/device");
  assert.equal(labels, [undefined, "Firefox", "Firefox", undefined]);
});

test("label: of a session that moves, the new record has it", async () => {
  const inner = memoryStore();
  const kept: object[] = [];
  const type: SessionStore = {
    ...inner,
    create(id, record, keep) {
      kept.push(keep);
      return inner.create(id, record, keep);
    },
  };
  const visit = client(
    app({ type, label: ({ user }) => `of ${user}`, subject: ({ user }) => user as string | undefined }),
  );
  await visit("GET", "/set/a/1");
  await visit("GET", "/set/user/ada");
  assert.equal(kept, [{ label: "of undefined" }, { subject: "ada", label: "of ada" }]);
});

test("label: anything but text is a TypeError at the write, and not the store's fault", async () => {
  const error = (await failureOf(
    app({ label: () => 5 as never }),
    request("GET", "/set/a/1"),
  )) as unknown as Error & { status?: number };
  assert.instance(error, TypeError);
  assert.match(error.message, /the function "label" to give text or undefined, got 5/);
});

test("saved before sent: the response waits for the store", async () => {
  const order: string[] = [];
  const inner = memoryStore();
  const store: SessionStore = {
    ...inner,
    async create(id, record, keep) {
      await wait(20);
      await inner.create(id, record, keep);
      order.push("saved");
    },
  };
  await app({ type: store })(request("GET", "/set/a/1"));
  order.push("answered");
  assert.equal(order, ["saved", "answered"]);
});

test("memory sessions answer synchronously", () => {
  const handler = app({ type: "memory" });
  assert.not.instance(handler(request("GET", "/set/a/1")), Promise);
});

test("subject: when it changes, the id is recreated by itself", async () => {
  const subject = (session: Session) => session.user as string | undefined;
  const handler = app({ type: "memory", subject });
  const visit = client(handler);
  const anonymous = cookieOf(await visit("GET", "/set/cart/1"));
  assert.is(cookieOf(await visit("GET", "/set/cart/2")), undefined as never);
  const ada = cookieOf(await visit("GET", "/set/user/ada"));
  assert.ok(ada && ada !== anonymous);
  const headers = { cookie: `composure-session=${anonymous}` };
  assert.equal(
    JSON.parse(String(((await handler(request("GET", "/", { headers }))) as Response).body)).session,
    {},
  );
  const none = cookieOf(await visit("GET", "/drop/user"));
  assert.ok(none && none !== ada);
  assert.equal((await seen(visit)).session, { cart: "2" });
});

const failing = (...broken: (keyof SessionStore)[]): SessionStore => {
  const store = memoryStore() as SessionStore;
  const fail = () => Promise.reject(new Error("connection refused"));
  return { ...store, ...Object.fromEntries(broken.map((name) => [name, fail])) };
};

const failureOf = async (handler: Handler, given: Request) => {
  try {
    return await handler(given);
  } catch (error) {
    return error as Error & { status: number; expose: boolean };
  }
};

test("a failing store is 503 with its cause, never an empty session", async () => {
  const cookie = `composure-session=${"a".repeat(32)}`;
  const cases: [SessionStore, string, object][] = [
    [failing("read"), "/", { cookie }],
    [failing("create"), "/set/a/1", {}],
  ];
  for (const [store, uri, headers] of cases) {
    const error = (await failureOf(
      app({ type: store }),
      request("GET", uri, { headers: headers as never }),
    )) as Error;
    assert.is((error as never as { status: number }).status, 503);
    assert.is((error.cause as Error).message, "connection refused");
    assert.not.match(error.message, /connection/);
  }
});

test("the 503 says when to come again, in every type, and is logged where it happens alone", async () => {
  logged.splice(0);
  const cookie = `composure-session=${"a".repeat(32)}`;
  const lines: string[] = [];
  const secured = () => app({ type: failing("read") });
  for (const accept of ["text/plain", "text/html", "application/problem+json"]) {
    const handler = decorate(secured(), withErrors({ log: (line) => lines.push(line) }));
    const response = await handler(request("GET", "/", { headers: { cookie, accept } }));
    assert.equal([response?.status, response?.headers["retry-after"]], [503, "1"]);
    assert.match(String(response?.headers["content-type"]), accept);
    assert.match(String(response?.body), "The session is not available right now");
  }
  const edge = answering(secured(), (line) => lines.push(line));
  const response = await edge(request("GET", "/", { headers: { cookie } }));
  assert.equal([response.status, response.headers["retry-after"]], [503, "1"]);
  assert.equal(lines, []);
  assert.equal(
    logged.map(([, line]) => line),
    Array(4).fill("withSession: store.read failed: connection refused"),
  );
});

test("what a handler throws is logged as ever, also while the store fails", async () => {
  const lines: string[] = [];
  const handler = decorate(app({ type: failing("read") }), withErrors({ log: (line) => lines.push(line) }));
  await handler(request("GET", "/fail"));
  assert.equal(lines, ["GET /fail: no"]);
});

/** What a program prints that ends at once: no count of its failures comes a minute later. */
async function printed(program: string): Promise<string> {
  const door = new URL("../../lib/middleware/session.js", import.meta.url);
  const source = `import { withSession } from "${door}";\n${program}`;
  const args = ["--unhandled-rejections=strict", "--input-type=module", "--eval", source];
  const { ok, stdout, stderr } = await run(process.execPath, args, { cwd: process.cwd() });
  assert.equal([ok, stderr], [true, ""]);
  return stdout.trim();
}

test("a thousand requests of a store that refuses every write are one line", async () => {
  const lines = await printed(`
    const create = async () => { throw new Error("no room") };
    const answer = () => ({ status: 200, headers: {}, session: { a: 1 } });
    const handler = withSession({ read() {}, create, update() {}, delete() {} })(answer);
    console.error = (...words) => console.log(words[1]);
    for (let i = 0; i < 1000; i++) await handler({ method: "GET", uri: "/", headers: {} }).catch(() => {});
  `);
  assert.is(lines, "withSession: store.create failed: no room");
});

test("a store that is known to be down is not waited for, and is back when it answers", async () => {
  const told = await printed(`
    let isDown = true;
    let reads = 0;
    const read = () => {
      reads += 1;
      return isDown ? new Promise(() => {}) : { session: { a: 1 }, created: 1, renewed: 1 };
    };
    const type = { read, create() {}, update() {}, delete() {} };
    const answer = ({ session }) => ({ status: 200, headers: {}, body: session.a });
    const handler = withSession({ type, deadline: 0.05 })(answer);
    const headers = { cookie: "composure-session=" + "a".repeat(32) };
    const ask = async () => handler({ method: "GET", uri: "/", headers });
    console.error = (...words) => console.log(words[1]);
    await ask().catch(() => {});
    const trial = ask().catch(() => {});
    for (let i = 0; i < 1000; i++) await ask().catch(() => {});
    await trial;
    console.log(reads < 100);
    isDown = false;
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log((await ask()).body, (await ask()).body);
  `);
  assert.equal(told.split("\n"), [
    "withSession: store.read failed: store.read did not answer within 0.05 seconds",
    "true",
    "withSession: store.read answers again",
    "1 1",
  ]);
});

test("a store that fails late makes no unhandled rejection, in a process of its own", async () => {
  const statuses = await printed(`
      const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 60));
      const store = { read: late, create: late, update: late, delete: late };
      const handler = (request) => ({ status: 200, headers: {}, session: request.uri === "/out" ? null : { a: 1 } });
      const cookie = "composure-session=" + "a".repeat(32);
      const statuses = [];
      const ask = async (options, uri, headers) => {
        try {
          statuses.push((await withSession({ deadline: 0.01, ...options })(handler)({ method: "GET", uri, headers })).status);
        } catch (error) {
          statuses.push(error.status);
        }
      };
      console.error = () => {};
      const onStoreError = async (error, request, goOn) => goOn();
      for (const options of [{ type: store }, { type: { ...store, read: async () => null } }, { type: store, onStoreError }])
        for (const uri of ["/", "/out"]) for (const headers of [{}, { cookie }]) await ask(options, uri, headers);
      await new Promise((resolve) => setTimeout(resolve, 150));
      console.log(String(statuses));
  `);
  assert.is(statuses, "503,503,200,503,503,503,200,503,200,503,200,503");
});

test("a store that fails while it updates or deletes is 503", async () => {
  for (const [broken, uri] of [
    ["update", "/set/a/2"],
    ["delete", "/logout"],
  ] as const) {
    const store = memoryStore() as SessionStore;
    const type: SessionStore = { ...store };
    const handler = app({ type });
    const visit = client(handler);
    await visit("GET", "/set/a/1");
    type[broken] = () => Promise.reject<never>(new Error("gone"));
    try {
      await visit("GET", uri);
      assert.unreachable();
    } catch (error) {
      assert.is((error as { status: number }).status, 503);
    }
  }
});

test("a store that does not answer is 503 within the deadline", async () => {
  const store: SessionStore = { ...memoryStore(), create: () => new Promise(() => {}) };
  const started = Date.now();
  const error = (await failureOf(app({ type: store, deadline: 0.05 }), request("GET", "/set/a/1"))) as Error;
  assert.is((error as never as { status: number }).status, 503);
  assert.match((error.cause as Error).message, /store\.create did not answer within 0\.05 seconds/);
  assert.ok(Date.now() - started < 2000);
});

test("a malformed answer of a store is its failure, with what was expected", async () => {
  const cookie = `composure-session=${"a".repeat(32)}`;
  for (const record of [5, "x", [], { session: 1 }, { session: {}, created: "now", renewed: 1 }]) {
    const store: SessionStore = { ...memoryStore(), read: () => record as never };
    const error = (await failureOf(
      app({ type: store }),
      request("GET", "/", { headers: { cookie } }),
    )) as Error;
    assert.match(
      (error.cause as Error).message,
      /store\.read: expected a record as it was kept, or null, got/,
    );
  }
  const store = memoryStore() as SessionStore;
  const type: SessionStore = { ...store, update: (() => undefined) as never };
  const visit = client(app({ type }));
  await visit("GET", "/set/a/1");
  try {
    await visit("GET", "/set/a/2");
    assert.unreachable();
  } catch (error) {
    assert.match(
      (error as { cause: Error }).cause.message,
      /store\.update: expected true or false, got undefined/,
    );
  }
});

test("an error of the handler's own function is not the store's", async () => {
  let runs = 0;
  const sometimes = (session: Session): Session => {
    runs += 1;
    if (runs > 1) throw new RangeError("mine");
    return session;
  };
  const handler = decorate(
    routes(
      GET("/set", () => [sessionAssoc("a", 1), "x"]),
      GET("/alter", () => [alterSession(sometimes), "x"]),
    ),
    withSession({ type: asyncStore() }),
  );
  const visit = client(handler);
  await visit("GET", "/set");
  try {
    await visit("GET", "/alter");
    assert.unreachable();
  } catch (error) {
    assert.instance(error, RangeError);
  }
});

test("a touch that fails is logged, and the request goes on", async () => {
  logged.splice(0);
  for (const touch of [
    () => Promise.reject(new Error("down")),
    () => {
      throw new Error("down");
    },
  ]) {
    const visit = client(app({ type: { ...memoryStore(), touch }, expires: 0.5 }));
    await visit("GET", "/set/a/1");
    later(0.1);
    assert.equal((await seen(visit)).session, { a: "1" });
  }
  assert.equal(
    logged.map(([, line]) => line),
    Array(2).fill("withSession: store.touch failed: down"),
  );
});

test("a renewal that fails of anything else is logged too", async () => {
  logged.splice(0);
  let isBroken = false;
  const label = () => {
    if (isBroken) throw new Error("no words");
    return "mine";
  };
  const visit = client(app({ type: "memory", expires: 0.5, label }));
  await visit("GET", "/set/a/1");
  later(0.1);
  isBroken = true;
  assert.equal((await seen(visit)).session, { a: "1" });
  assert.equal(logged[0]?.[1], "withSession: a session could not be renewed: no words");
});

test("a store without touch is renewed by an update that changes nothing", async () => {
  const { touch: _, ...store } = memoryStore() as SessionStore & { touch: unknown };
  const visit = client(app({ type: store, expires: 0.3 }));
  await visit("GET", "/set/a/1");
  for (let i = 0; i < 3; i++) {
    later(0.2);
    assert.equal((await seen(visit)).session, { a: "1" });
  }
});

test("keep.held is the record as read gave it", async () => {
  const inner = memoryStore();
  let [read, held]: unknown[] = [];
  const type: SessionStore = {
    ...inner,
    read(id) {
      read = inner.read(id);
      return read as never;
    },
    update(id, change, keep) {
      held = keep.held;
      return inner.update(id, change, keep);
    },
  };
  const visit = client(app({ type }));
  await visit("GET", "/set/a/1");
  await visit("GET", "/set/a/2");
  assert.ok(held !== undefined && held === read);
});

test("a signed-out session leaves nothing in the store, and neither does recreating", async () => {
  const store = memoryStore();
  const visit = client(app({ type: store }));
  await visit("GET", "/set/a/1");
  await visit("GET", "/recreate");
  assert.is(store.size, 1);
  await visit("GET", "/logout");
  assert.is(store.size, 0);
});

test("the cookie is secure where the request came by https, and as the options say", async () => {
  const set = async (cookie: SessionOptions["cookie"], target = "http://a/set/a/1") => {
    const response = await app({ type: "memory", ...(cookie && { cookie }) })(request("GET", target));
    return String(response?.headers["set-cookie"]).replace(/=[\w-]{32}/, "=ID");
  };
  assert.is(await set(undefined), "composure-session=ID; Path=/; HttpOnly; SameSite=Lax");
  assert.is(
    await set(undefined, "https://a/set/a/1"),
    "composure-session=ID; Path=/; HttpOnly; Secure; SameSite=Lax",
  );
  assert.match(await set({ secure: true }), /; Secure/);
  assert.not.match(await set({ secure: false }, "https://a/set/a/1"), /Secure/);
  assert.match(await set({ name: "__Host-id" }), /^__Host-id=ID; .*Secure/);
  assert.is(
    await set({ name: "s", path: "/app", httpOnly: false, sameSite: "strict", domain: "a.com", maxAge: 60 }),
    "s=ID; Max-Age=60; Domain=a.com; Path=/app; SameSite=Strict",
  );
  assert.match(
    await set({ partitioned: true, sameSite: "none" }),
    /Secure.*Partitioned.*SameSite=None|Partitioned/,
  );
});

test("a cookie with maxAge is sent anew when the session is renewed", async () => {
  for (const type of [memoryStore(), asyncStore()]) {
    const visit = client(app({ type, expires: 1, cookie: { maxAge: 1 } }));
    const first = cookieOf(await visit("GET", "/set/a/1"));
    assert.is((await visit("GET", "/"))?.headers["set-cookie"], undefined);
    later(0.12);
    assert.is(cookieOf(await visit("GET", "/")), first);
    assert.is(cookieOf(await visit("GET", "/set/a/2")), first);
  }
});

test("the cookie type: keys rotate, the newest seals", async () => {
  const [old, young] = ["o".repeat(32), "y".repeat(32)];
  const cookie = (await client(app({ type: "cookie", keys: old }))("GET", "/set/a/1"))?.headers["set-cookie"];
  const headers = { cookie: String(cookie).split(";")[0]! };
  const read = async (keys: string[]) =>
    JSON.parse(
      String(((await app({ type: "cookie", keys })(request("GET", "/", { headers }))) as Response).body),
    ).session;
  assert.equal(await read([young, old]), { a: "1" });
  assert.equal(await read([young]), {});
});

test("the cookie type: a session too large for a cookie is refused, with its size and its largest key", async () => {
  const handler = decorate(
    GET("/", () => [sessionAssoc("small", 1, "large", "x".repeat(4000)), "x"]),
    withSession({ type: "cookie", keys }),
  );
  const error = (await failureOf(handler, request("GET", "/"))) as Error;
  assert.instance(error, RangeError);
  assert.match(error.message, /at most 4096 bytes, got \d{4}\. The largest key is "large"/);
});

test("the cookie type: the largest session that fits is sent in a header of at most 4096 bytes", async () => {
  let sent = 0;
  for (let size = 2700; size < 3000; size += 4) {
    const handler = decorate(
      GET("/", () => [sessionAssoc("a", "x".repeat(size)), "x"]),
      withSession({ type: "cookie", keys }),
    );
    const response = await failureOf(handler, request("GET", "https://a/"));
    if (response instanceof Error) break;
    sent = String(response?.headers["set-cookie"]).length;
  }
  assert.ok(sent > 4050 && sent <= 4096, String(sent));
});

/** A visitor of the cookie type who is asked for by a hook. */
const revocable = async (revoked: SessionOptions["revoked"], more: SessionOptions = {}) => {
  const start = client(app({ type: "cookie", keys }));
  const cookie = `composure-session=${cookieOf(await start("GET", "/set/user/ada"))}`;
  const handler = app({ type: "cookie", keys, revoked, deadline: 0.02, ...more });
  return (uri: string) => failureOf(handler, request("GET", uri, { headers: { cookie } }));
};

test("the cookie type: revoked gets the session and when it was sealed; a revoked one is none", async () => {
  const before = Date.now();
  const calls: [Session, number][] = [];
  for (const isOver of [true, false]) {
    for (const answer of [() => isOver, async () => isOver]) {
      const ask = await revocable((session, sealed) => {
        calls.push([session, sealed]);
        return answer();
      });
      const { body } = (await ask("/")) as Response;
      assert.equal(JSON.parse(String(body)).session, isOver ? {} : { user: "ada" });
    }
  }
  for (const [session, sealed] of calls) {
    assert.equal(session, { user: "ada" });
    assert.ok(sealed >= before && sealed <= Date.now());
  }
});

test("the cookie type: a change of a session that was revoked meanwhile leaves the cookie alone", async () => {
  let calls = 0;
  const ask = await revocable(() => calls++ > 0);
  const response = (await ask("/set/a/1")) as Response;
  assert.equal([response.status, response.headers["set-cookie"], calls], [200, undefined, 2]);
});

test("the cookie type: a hook that fails, is late or says neither yes nor no is 503, never an empty session", async () => {
  logged.splice(0);
  const hooks: [SessionOptions["revoked"], RegExp][] = [
    [() => Promise.reject(new Error("no database")), /no database/],
    [() => new Promise(() => {}), /revoked did not answer within 0\.02 seconds/],
    [() => undefined as never, /the function "revoked" to give true or false, got undefined/],
    [async () => 0 as never, /to give true or false, got 0/],
  ];
  for (const [hook, message] of hooks) {
    const ask = await revocable(hook);
    const error = (await ask("/")) as unknown as { status: number; cause: Error };
    assert.is(error.status, 503);
    assert.match(error.cause.message, message);
  }
  assert.match(String(logged[0]?.[1]), "withSession: revoked failed: no database");
  const ask = await revocable(() => Promise.reject(new Error("x")), {
    onStoreError: (_, __, goOn) => goOn(),
  });
  assert.is(((await ask("/")) as Response).body, '{"session":{},"flash":{}}');
});

test("the cookie type: who has no session is not asked about", async () => {
  const handler = app({ type: "cookie", keys, revoked: () => assert.unreachable() as never });
  assert.is((await handler(request("GET", "/")))?.status, 200);
  assert.is((await handler(request("GET", "/set/a/1")))?.status, 200);
});

const warnings = (make: () => void) => {
  const warned: unknown[] = [];
  const warn = console.warn;
  console.warn = (word) => warned.push(word);
  try {
    make();
  } finally {
    console.warn = warn;
  }
  return warned;
};

test("the cookie type: without keys one warning, and in production an error", () => {
  assert.match(String(warnings(() => withSession("cookie"))), /no "keys" given/);
  const env = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    assert.throws(() => withSession("cookie"), /expected "keys" for type "cookie" in production/);
  } finally {
    if (env === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = env;
  }
});

test("a wrong option fails when the decorator is made", () => {
  const wrong: [unknown, RegExp][] = [
    [
      { type: "redis" },
      /"memory", "cookie" or a store with read, create, update, delete as "type", got "redis"/,
    ],
    [{ type: { read() {} } }, /or a store/],
    [{ expires: 0 }, /a positive number of seconds as "expires", got 0/],
    [{ expires: "600" }, /got "600"/],
    [{ lifetime: -1 }, /"lifetime", got -1/],
    [{ deadline: Infinity }, /"deadline", got Infinity/],
    [{ expire: 600 }, /options among .*, got "expire"/],
    [{ type: "memory", keys: "x".repeat(32) }, /type "cookie" with "keys", got "memory"/],
    [{ type: "cookie", keys: "short" }, /at least 32 bytes/],
    [{ type: "cookie", keys: [] }, /at least 32 bytes/],
    [{ subject: "user" }, /as "subject", got "user"/],
    [{ label: "device" }, /a function from session to text as "label", got "device"/],
    [{ type: "cookie", keys, revoked: true }, /to true or false as "revoked", got true/],
    [{ revoked: () => false }, /type "cookie" with "revoked", got "memory"\. Of a store's sessions delete/],
    [{ onStoreError: null }, /as "onStoreError", got null/],
    [{ cookie: { name: "a b" } }, /cookie: expected a name/],
    [{ cookie: { sameSite: "loose" } }, /"sameSite"/],
    [{ cookie: { secure: 1 } }, /as "secure", got 1/],
    [{ cookie: { samesite: "lax" } }, /samesite/],
    [{ cookie: { expires: new Date() } }, /options among .*, got "expires"/],
    [{ cookie: { maxAge: 0 } }, /seconds as "maxAge", got 0/],
    [{ cookie: { maxAge: -5 } }, /seconds as "maxAge", got -5/],
    [{ cookie: 5 }, /a map of options, got 5/],
    [{ cookie: null }, /a map as "cookie", got null/],
    [{ cookie: { secure: false, sameSite: "none" } }, /secure: true/],
    [null, /a map of options/],
    [5, /a map of options/],
  ];
  for (const [options, message] of wrong) assert.throws(() => withSession(options as never), message);
});

test("a type or a store alone is short for the map", async () => {
  for (const options of [undefined, "memory", memoryStore()] as const) {
    const visit = client(
      decorate(
        GET("/", ({ session }) => [sessionAssoc("a", 1), json(session)]),
        withSession(options),
      ),
    );
    await visit("GET", "/");
    assert.is((await visit("GET", "/"))?.body, '{"a":1}');
  }
});

test("a route called with a plain map shows the outcome as plain data", () => {
  const plain = (session: Session, ...parts: never[]) =>
    (GET("/", () => parts)({ method: "GET", uri: "/", headers: {}, session }) as Response).session;
  assert.equal(plain({ a: 1 }, sessionAssoc("b", 2) as never), { a: 1, b: 2 });
  assert.is(plain({ a: 1 }, clearSession() as never), null);
  assert.is(plain({ a: 1 }), undefined);
});

test.run();
