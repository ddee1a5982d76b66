/** How a session that is only read goes on living, and its cookie with it. */
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withSession } from "../../lib/middleware/session.js";
import { GET, routes } from "../../lib/routes.js";
import { guard } from "../../lib/session/guard.js";
import type { Found, Kept } from "../../lib/session/keeper.js";
import type { SessionOptions } from "../../lib/session/options.js";
import { storedSessions } from "../../lib/session/stored.js";
import { memoryStore } from "../../lib/stores/memory.js";
import { request } from "../../lib/testing/request.js";
import type { Response, SessionStore } from "../../lib/types.js";
import { clearSession, recreateSession, sessionAssoc } from "../../lib/updates.js";
import { later, setRight } from "../house/clock.js";
import { asyncStore } from "../stores/slow.js";

const { error: log } = console;
test.before(() => {
  console.error = () => {};
});
test.after(() => {
  console.error = log;
  setRight();
});

const keeperOf = (store: SessionStore) =>
  storedSessions({
    store,
    guard: guard({ deadline: 1, reports: { failed() {}, recovered() {} } }),
    expires: 100,
    lifetime: undefined,
    subject: () => undefined,
  });
const move = (next: Kept) => ({ next, moves: true });
const aged = (seconds: number): Kept => {
  const then = Date.now() - seconds * 1000;
  return { session: { a: 1 }, created: then, renewed: then };
};

/** A session that was written so many seconds ago, as a keeper finds it. */
async function begun(keeper: ReturnType<typeof keeperOf>, seconds: number): Promise<Found> {
  const { cookie } = (await keeper.begin(aged(seconds))) as { cookie: string };
  return (await keeper.find(cookie)) as Found;
}

const failure = async (answer: () => unknown): Promise<Error> => {
  try {
    await answer();
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable() as never;
};

test("a session that is only read is renewed once in a tenth of its idle time", async () => {
  let touches = 0;
  const keeper = keeperOf({ ...memoryStore(), touch: () => void touches++ });
  const found = await begun(keeper, 11);
  assert.equal(await keeper.renew(found), { cookie: found.cookie });
  for (let i = 0; i < 50; i++) assert.is(await keeper.renew(found), null);
  assert.is(touches, 1);
});

test("of a hundred requests at once one renews", async () => {
  let touches = 0;
  const touch = async () => {
    touches += 1;
    await wait(5);
  };
  const keeper = keeperOf({ ...memoryStore(), touch });
  const found = await begun(keeper, 11);
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => keeper.renew(found)));
  assert.equal([touches, outcomes.filter((outcome) => outcome !== null).length], [1, 1]);
});

test("a renewal that failed is tried again by the next request", async () => {
  const inner = memoryStore();
  const fail = (): never => {
    throw new Error("down");
  };
  for (const touch of [fail, async () => fail()]) {
    const store: SessionStore = { ...inner, touch };
    const keeper = keeperOf(store);
    const found = await begun(keeper, 11);
    for (let i = 0; i < 3; i++)
      assert.match((await failure(() => keeper.renew(found))).message, /not available/);
    store.touch = () => {};
    assert.equal(await keeper.renew(found), { cookie: found.cookie });
    assert.is(await keeper.renew(found), null);
  }
});

test("a session that was written since is not renewed, whoever wrote it", async () => {
  let touches = 0;
  const store: SessionStore = { ...memoryStore(), touch: () => void touches++ };
  const keeper = keeperOf(store);
  const found = await begun(keeper, 11);
  await keeper.renew(found);
  later(11);
  const other = keeperOf(store);
  await other.change(found, ({ session, created }) => ({
    next: { session, created, renewed: Date.now() },
    moves: false,
  }));
  assert.is(await keeper.renew((await keeper.find(found.cookie)) as Found), null);
  assert.is(touches, 1);
  later(11);
  await keeper.renew((await keeper.find(found.cookie)) as Found);
  assert.is(touches, 2);
});

test("a session stands until it ends or moves, also while its mark is there still", async () => {
  const store = { ...memoryStore(), delete: () => undefined };
  const [one, other] = [keeperOf(store), keeperOf(store)];
  const found = await begun(one, 11);
  assert.is(await other.stands(found), true);
  await one.change(found, move);
  assert.is(await other.stands(found), false);
  const { touch: _, ...without } = memoryStore();
  const keeper = keeperOf(without);
  const ended = await begun(keeper, 11);
  await keeper.end(ended.cookie);
  await keeper.renew(ended);
  assert.is(await keeper.stands(ended), false);
});

/** An application whose slow page is answered when the spec says so. */
function slowApp(options: SessionOptions) {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slow = async () => {
    await gate;
    return "slow";
  };
  const handler = decorate(
    routes(
      GET("/", "x"),
      GET("/set", () => [sessionAssoc("a", 1), "x"]),
      GET("/login", () => [recreateSession(), "x"]),
      GET("/logout", () => [clearSession(), "x"]),
      GET("/slow", slow),
    ),
    withSession({ expires: 100, cookie: { maxAge: 100 }, ...options }),
  );
  const ask = async (uri: string, cookie = "") =>
    (await handler(request("GET", uri, { headers: { cookie } }))) as Response;
  return { ask, open: () => open() };
}
const cookieOf = ({ headers }: Response) => String(headers["set-cookie"]).split(";")[0]!;

test("a slow response does not bring back the cookie of a session that has moved or ended since", async () => {
  for (const uri of ["/login", "/logout"]) {
    for (const type of [memoryStore(), asyncStore()]) {
      const { ask, open } = slowApp({ type });
      const old = cookieOf(await ask("/set"));
      later(11);
      const slow = ask("/slow", old);
      assert.is.not(cookieOf(await ask(uri, old)), old);
      open();
      assert.equal([(await slow).body, (await slow).headers["set-cookie"]], ["slow", undefined], uri);
    }
  }
});

test("the cookie that lasts is sent anew by the end of a slow request, and the question for it is one read", async () => {
  const type = memoryStore() as SessionStore;
  let reads = 0;
  const read: SessionStore["read"] = (id) => {
    reads += 1;
    return type.read(id);
  };
  const { ask, open } = slowApp({ type: { ...type, read } });
  const cookie = cookieOf(await ask("/set"));
  later(11);
  const slow = ask("/slow", cookie);
  open();
  assert.equal([cookieOf(await slow), reads], [cookie, 2]);
  await ask("/", cookie);
  assert.is(reads, 3);
});

test("where nobody can tell whether the session stands, the response goes without a cookie", async () => {
  const type = { ...memoryStore() } as SessionStore;
  const { read } = type;
  for (const lost of [
    () => Promise.reject(new Error("down")),
    () => {
      throw new Error("down");
    },
  ]) {
    type.read = read;
    const onStoreError = () => assert.unreachable() as never;
    const { ask, open } = slowApp({ type, onStoreError });
    const cookie = cookieOf(await ask("/set"));
    later(11);
    const slow = ask("/slow", cookie);
    type.read = lost;
    open();
    assert.equal([(await slow).status, (await slow).headers["set-cookie"]], [200, undefined]);
  }
});

test.run();
