import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Kept } from "../../lib/session/keeper.js";
import { storedSessions } from "../../lib/session/stored.js";
import { memoryStore } from "../../lib/stores/memory.js";
import type { SessionStore } from "../../lib/types.js";

const keeperOf = (store: SessionStore) =>
  storedSessions({
    store,
    deadline: 1,
    expires: undefined,
    lifetime: undefined,
    subject: () => undefined,
    lasts: false,
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

test("an old record that cannot be deleted does not keep the session from moving", async () => {
  const logged: unknown[] = [];
  const log = console.error;
  console.error = (line) => logged.push(line);
  const keeper = keeperOf({ ...memoryStore(), delete: () => Promise.reject(new Error("down")) });
  try {
    const found = (await keeper.find(cookieOf(keeper.begin(kept))))!;
    const moved = cookieOf(await keeper.change(found, (next) => ({ next, moves: true })));
    assert.equal((await keeper.find(moved))?.kept.session, { a: 1 });
    assert.is(await keeper.find(found.cookie), null);
  } finally {
    console.error = log;
  }
  assert.is(logged.length, 1);
});

test("a session that is only read is renewed once in a tenth of its idle time", async () => {
  let touches = 0;
  const store: SessionStore = { ...memoryStore(), touch: () => void touches++ };
  const keeper = storedSessions({
    store,
    deadline: 1,
    expires: 100,
    lifetime: undefined,
    subject: () => undefined,
    lasts: false,
  });
  const found = (await keeper.find(cookieOf(keeper.begin({ ...kept, renewed: Date.now() - 11_000 }))))!;
  assert.equal(await keeper.renew(found), { cookie: found.cookie });
  for (let i = 0; i < 50; i++) assert.is(await keeper.renew(found), null);
  assert.is(touches, 1);
});

test("a cookie that lasts is not sent anew for a session that has gone meanwhile", async () => {
  const store = memoryStore();
  const keeper = storedSessions({
    store,
    deadline: 1,
    expires: 100,
    lifetime: undefined,
    subject: () => undefined,
    lasts: true,
  });
  const found = (await keeper.find(cookieOf(keeper.begin({ ...kept, renewed: Date.now() - 11_000 }))))!;
  await keeper.end(found.cookie);
  assert.is(await keeper.renew(found), "refused");
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
