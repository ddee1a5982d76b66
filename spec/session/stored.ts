import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Guard, guard } from "../../lib/session/guard.js";
import type { Found, Kept } from "../../lib/session/keeper.js";
import { sparseReports } from "../../lib/session/reports.js";
import { type StoredOptions, storedSessions } from "../../lib/session/stored.js";
import { memoryStore } from "../../lib/stores/memory.js";
import type { Awaitable, Session, SessionStore } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";

const logged: unknown[][] = [];
const reports = () => sparseReports((...words) => logged.push(words));
test.before.each(() => void logged.splice(0));

const keeperOf = (store: SessionStore, options: Partial<StoredOptions> & { deadline?: number } = {}) =>
  storedSessions({
    store,
    guard: guard({ deadline: options.deadline ?? 1, reports: reports() }),
    expires: undefined,
    lifetime: undefined,
    subject: () => undefined,
    ...options,
  });
const now = Date.now();
const kept: Kept = { session: { a: 1 }, created: now, renewed: now };
const cookieOf = (outcome: unknown) => (outcome as { cookie: string }).cookie;

test("a session begins under a new id each time, and is found by it", async () => {
  const keeper = keeperOf(memoryStore());
  const [one, two] = [cookieOf(keeper.begin(kept)), cookieOf(keeper.begin(kept))];
  assert.is.not(one, two);
  assert.equal((await keeper.find(one))?.kept, kept);
});

test("a text that is no id does not reach the store", () => {
  const keeper = keeperOf({ ...memoryStore(), read: () => assert.unreachable() as never });
  for (const text of ["", "x", "a".repeat(31), "a".repeat(33), `${"a".repeat(31)}=`, `${"a".repeat(31)}\n`])
    assert.is(keeper.find(text), null);
});

/** A store whose answers do their work when somebody waits for them, and again for the next one, as builders of queries do. */
function lazyStore() {
  const asked: { readonly name: string; times: number }[] = [];
  const lazy =
    <Args extends readonly unknown[], Answer>(name: string, fn: (...args: Args) => Awaitable<Answer>) =>
    (...args: Args): PromiseLike<Answer> => {
      const call = { name, times: 0 };
      asked.push(call);
      const work = async () => {
        call.times += 1;
        return await fn(...args);
      };
      return { then: (resolve, reject) => work().then(resolve, reject) };
    };
  const { read, create, update, delete: remove, touch } = memoryStore() as Required<SessionStore>;
  const store: SessionStore = {
    read: lazy("read", read),
    create: lazy("create", create),
    update: lazy("update", update),
    delete: lazy("delete", remove),
    touch: lazy("touch", touch),
  };
  return { asked, store };
}

test("a store's answer is waited for once", async () => {
  const { asked, store } = lazyStore();
  const keeper = keeperOf(store, { expires: 100 });
  const begun = await keeper.begin({ ...kept, renewed: Date.now() - 11_000, flash: { n: 1 } });
  const found = (await keeper.find(cookieOf(begun)))!;
  await keeper.renew(found);
  await keeper.end(cookieOf(await keeper.change(found, move)));
  assert.equal(
    asked.map(({ name, times }) => `${name} ${times}`),
    ["create", "read", "update", "touch", "update", "create", "update", "delete", "delete"].map(
      (name) => `${name} 1`,
    ),
  );
});

test("a change is made of the session as it is by then, and leaves the id", async () => {
  const keeper = keeperOf(memoryStore());
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  const add = (key: string) => (kept: Kept) => ({
    next: { ...kept, session: { ...kept.session, [key]: 1 } },
    moves: false,
  });
  assert.equal(keeper.change(found, add("b")), { cookie: found.cookie });
  keeper.change(found, add("c"));
  assert.equal((await keeper.find(found.cookie))?.kept.session, { a: 1, b: 1, c: 1 });
});

test("what moves goes on under another id, and the old one refuses", async () => {
  const store = memoryStore();
  const keeper = keeperOf(store);
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  const move = (next: Kept) => ({ next, moves: true });
  const moved = cookieOf(await keeper.change(found, move));
  assert.is(await keeper.find(found.cookie), null);
  assert.is(await keeper.change(found, move), "refused");
  assert.equal((await keeper.find(moved))?.kept.session, { a: 1 });
  assert.is(store.size, 1);
});

test("between the mark and the deletion the old id is dead already", async () => {
  const store = memoryStore();
  const keeper = keeperOf({ ...store, delete: () => undefined });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  await keeper.change(found, (next) => ({ next, moves: true }));
  assert.is(store.size, 2);
  assert.is(await keeper.find(found.cookie), null);
  assert.is(await keeper.change(found, (next) => ({ next, moves: false })), "refused");
});

test("a session that finds no new place stays where it was", async () => {
  const store = memoryStore() as SessionStore;
  const wanting = { ...store };
  const keeper = keeperOf(wanting);
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  wanting.create = () => {
    throw new Error("down");
  };
  assert.throws(() => keeper.change(found, (next) => ({ next, moves: true })), /not available/);
  assert.equal((await keeper.find(found.cookie))?.kept.session, { a: 1 });
});

const failure = async (answer: () => unknown) => {
  try {
    await answer();
  } catch (error) {
    return error as Error & { status: number; cause: Error };
  }
  return assert.unreachable() as never;
};
const move = (next: Kept) => ({ next, moves: true });
const stay = (next: Kept) => ({ next, moves: false });

/** A store that does an update only when the spec says so. */
function gatedStore() {
  const store = memoryStore();
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const update: SessionStore["update"] = async (...args) => {
    await gate;
    return store.update(...args);
  };
  return { store, open: () => open(), gated: { ...store, update } };
}

test("a session that finds no new place is put back also where nothing is asked of the store any more", async () => {
  let isDown = false;
  const refused = (): never => {
    throw new Error("down");
  };
  const create = () => {
    isDown = true;
    return refused();
  };
  const store = memoryStore();
  const closed: Guard = { ask: (_, fn) => (isDown ? refused() : fn()), insist: (_, fn) => fn() };
  const cookie = cookieOf(keeperOf(store).begin(kept));
  const keeper = keeperOf({ ...store, create }, { guard: closed });
  const found = keeper.find(cookie) as Found;
  assert.throws(() => keeper.change(found, move), "down");
  assert.equal((await keeperOf(store).find(cookie))?.kept.session, { a: 1 });
});

test("a change whose request was answered 503 is not made later", async () => {
  const { store, gated, open } = gatedStore();
  const keeper = keeperOf(gated, { deadline: 0.02 });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  let runs = 0;
  const plan = (kept: Kept) => {
    runs += 1;
    return { next: { ...kept, session: { late: true } }, moves: false };
  };
  assert.is((await failure(() => keeper.change(found, plan))).status, 503);
  open();
  await wait(5);
  assert.equal([(await keeperOf(store).find(found.cookie))?.kept.session, runs], [{ a: 1 }, 0]);
});

test("a flash whose request was answered 503 is not taken out later", async () => {
  const { store, gated, open } = gatedStore();
  const cookie = cookieOf(keeperOf(store).begin({ ...kept, flash: { n: 1 } }));
  await failure(() => keeperOf(gated, { deadline: 0.02 }).find(cookie));
  open();
  await wait(5);
  assert.equal((await keeperOf(store).find(cookie))?.flash, { n: 1 });
});

test("a move that was written too late leaves the session where it was", async () => {
  const store = memoryStore();
  let [isSlow, written] = [true, false];
  const update: SessionStore["update"] = async (...args) => {
    const done = await store.update(...args);
    if (isSlow) await wait(50);
    written = true;
    return done;
  };
  const keeper = keeperOf({ ...store, update }, { deadline: 0.02 });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  assert.is((await failure(() => keeper.change(found, move))).status, 503);
  isSlow = false;
  await eventually(() => written);
  await wait(5);
  assert.equal((await keeper.find(found.cookie))?.kept.session, { a: 1 });
  assert.is(store.size, 1);
});

test("a record keeps its subject under its id, and a session that moves begins under its own", async () => {
  const store = memoryStore();
  const calls: unknown[][] = [];
  const spied: SessionStore = {
    ...store,
    create(id, record, keep) {
      calls.push(["create", keep.subject]);
      return store.create(id, record, keep);
    },
    update(id, change, keep) {
      calls.push(["update", keep.subject]);
      return store.update(id, change, keep);
    },
  };
  const keeper = keeperOf(spied, { subject: (session) => session.user as string | undefined });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  await keeper.change(found, (kept) => ({ next: { ...kept, session: { user: "ada" } }, moves: true }));
  assert.equal(calls, [
    ["create", undefined],
    ["update", undefined],
    ["create", "ada"],
    ["update", undefined],
  ]);
});

/** The labels that a store looks at: with an update when the change has run. */
function labelledStore() {
  const store = memoryStore();
  const labels: unknown[] = [];
  const spied: SessionStore = {
    ...store,
    update: async (id, change, keep) => {
      const done = await store.update(id, change, keep);
      labels.push(keep.label);
      return done;
    },
    touch: (_, keep) => void labels.push(keep.label),
  };
  return { labels, spied };
}
const device = (session: Session) => session.device as string | undefined;
const set = (more: Session) => (kept: Kept) => ({
  next: { ...kept, session: { ...kept.session, ...more } },
  moves: false,
});

test("a label is kept with a touch, and of a change as that leaves it", async () => {
  const { labels, spied } = labelledStore();
  const keeper = keeperOf(spied, { label: device, expires: 100 });
  const old = { ...kept, session: { device: "Firefox" }, renewed: Date.now() - 11_000 };
  const found = (await keeper.find(cookieOf(keeper.begin(old))))!;
  await keeper.renew(found);
  await keeper.change(found, set({ device: "Opera" }));
  await keeper.change(found, () => ({ next: kept, moves: false }));
  assert.equal(labels, ["Firefox", "Opera", undefined]);
});

test("a request that began earlier and changes another key leaves the label alone", async () => {
  const { labels, spied } = labelledStore();
  for (const type of [spied, { ...spied, touch: undefined as never }]) {
    const keeper = keeperOf(type, { label: device, expires: 100 });
    const old = { ...kept, session: { device: "Firefox" }, renewed: Date.now() - 11_000 };
    const found = (await keeper.find(cookieOf(keeper.begin(old))))!;
    await keeper.change(found, set({ device: "Opera" }));
    await keeper.change(found, set({ b: 1 }));
    if (type.touch === undefined) await keeper.renew(found);
  }
  assert.equal(labels, ["Opera", "Opera", "Opera", "Opera", "Opera"]);
});

test("a change that is taken back, or comes too late, leaves the label alone", async () => {
  const { labels, spied } = labelledStore();
  const begun = keeperOf(spied, { label: device });
  const found = (await begun.find(cookieOf(begun.begin({ ...kept, session: { device: "Firefox" } }))))!;
  await begun.change(found, set({ device: "Opera" }));
  const down = () => Promise.reject(new Error("down"));
  await failure(() => keeperOf({ ...spied, create: down }, { label: device }).change(found, move));
  assert.equal(labels, ["Opera", "Opera", "Opera"]);
  const slow: SessionStore["update"] = async (...args) => {
    await wait(40);
    return spied.update(...args);
  };
  const late = keeperOf({ ...spied, update: slow }, { label: device, deadline: 0.02 });
  await failure(() => late.change(found, set({ device: "Safari" })));
  await eventually(() => labels.length > 3);
  assert.is(labels.at(-1), "Opera");
});

test("a plan runs once where the store runs the change once", async () => {
  const keeper = keeperOf(memoryStore(), { label: device });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  let runs = 0;
  await keeper.change(found, (kept) => {
    runs += 1;
    return stay(kept);
  });
  assert.is(runs, 1);
});

test("an old record that cannot be deleted does not keep the session from moving", async () => {
  const keeper = keeperOf({ ...memoryStore(), delete: () => Promise.reject(new Error("down")) });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  const moved = cookieOf(await keeper.change(found, (next) => ({ next, moves: true })));
  assert.equal((await keeper.find(moved))?.kept.session, { a: 1 });
  assert.is(await keeper.find(found.cookie), null);
  assert.equal(
    logged.map(([line]) => line),
    ["withSession: store.delete failed: down"],
  );
});

test("a store that gives a change something else than the record is to blame itself", async () => {
  for (const record of [null, {}, 5]) {
    const keeper = keeperOf({ ...memoryStore(), update: (_id, change) => Boolean(change(record as never)) });
    const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
    try {
      await keeper.change(found, (next) => ({ next, moves: false }));
      assert.unreachable();
    } catch (error) {
      assert.match(
        (error as { cause: Error }).cause.message,
        /store\.update: expected to change a record as it was kept/,
      );
    }
  }
});

test("what ended is gone, and refuses", async () => {
  const keeper = keeperOf(memoryStore());
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  await keeper.end(found.cookie);
  assert.is(await keeper.find(found.cookie), null);
  assert.is(await keeper.change(found, (next) => ({ next, moves: false })), "refused");
});

test("a store that says true without asking for the change has changed nothing", async () => {
  const store = memoryStore();
  const keeper = keeperOf({ ...store, update: () => true });
  const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
  assert.is(await keeper.change(found, (next) => ({ next, moves: false })), "refused");
});

test.run();
