import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryStore } from "../../lib/stores/memory.js";
import { type CompareAndSet, optimistic } from "../../lib/stores/optimistic.js";
import { type Versioned, versionsOf } from "../../lib/stores/versions.js";
import { storeContract } from "../../lib/testing/contract.js";
import type { SessionRecord, SessionStore } from "../../lib/types.js";
import { increment, times } from "../house/counting.js";

/** A database that compares and sets, what it was asked, and what fails of it. */
function database() {
  const rows = new Map<string, Versioned>([["1", { record: { count: 0 }, version: 7 }]]);
  const versions = versionsOf("database");
  const asked: string[] = [];
  const faults: Error[] = [];
  const answer = async (what: string): Promise<void> => {
    asked.push(what);
    await setImmediate();
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
  };
  const now = (id: string): Versioned | null => {
    const row = rows.get(id);
    return row === undefined ? null : versions.read(JSON.stringify(row.record), row.version);
  };
  const access: CompareAndSet = {
    versions,
    async get(id) {
      await answer("get");
      return now(id);
    },
    async set(id, base, next) {
      await answer("set");
      if (rows.get(id)?.version !== base) return now(id);
      rows.set(id, { record: next, version: base + 1 });
      return "set";
    },
  };
  return { rows, asked, faults, access };
}

test("a change of the record that was read asks once", async () => {
  const { access, asked, rows } = database();
  const store = optimistic(access);
  const held = await store.read("1");
  assert.is(await store.update("1", increment, { held: held! }), true);
  assert.equal(asked, ["get", "set"]);
  assert.equal(rows.get("1"), { record: { count: 1 }, version: 8 });
});

test("what a change left is known as if it had been read", async () => {
  const { access, asked, rows } = database();
  const store = optimistic(access);
  let left: SessionRecord = {};
  const change = (record: SessionRecord) => {
    left = Object.freeze(increment(record));
    return left;
  };
  await store.update("1", change, { held: (await store.read("1"))! });
  const held = (await store.read("1"))!;
  await store.update("1", increment, { held });
  assert.equal(asked, ["get", "set", "get", "set"]);
  assert.equal(rows.get("1")?.record, { count: 2 });
});

test("a change without a held record, or with an equal one of another making, reads first", async () => {
  for (const keep of [{}, { held: { count: 0 } }]) {
    const { access, asked } = database();
    assert.is(await optimistic(access).update("1", increment, keep), true);
    assert.equal(asked, ["get", "set"]);
  }
});

test("a record held of another store is no reason to write, though it has the same version there", async () => {
  const [one, other] = [database(), database()];
  other.rows.set("1", { record: { count: 5 }, version: 7 });
  const held = (await optimistic(one.access).read("1"))!;
  await optimistic(other.access).update("1", increment, { held });
  assert.equal(other.asked, ["get", "set"]);
  assert.equal(other.rows.get("1"), { record: { count: 6 }, version: 8 });
});

test("a change that came too late runs again on what it has lost against, without another read", async () => {
  const { access, asked, rows } = database();
  const [one, other] = [optimistic(access), optimistic(access)];
  const held = (await one.read("1"))!;
  await other.update("1", increment, {});
  asked.length = 0;
  assert.is(await one.update("1", increment, { held }), true);
  assert.equal(asked, ["set", "set"]);
  assert.equal(rows.get("1")?.record, { count: 2 });
});

test("a thousand changes at once are two writes", async () => {
  const { access, asked, rows } = database();
  const store = optimistic(access);
  const answers = await Promise.all(times(1000, () => store.update("1", increment, {})));
  assert.equal(new Set(answers), new Set([true]));
  assert.equal(asked, ["get", "set", "set"]);
  assert.equal(rows.get("1"), { record: { count: 1000 }, version: 9 });
});

test("changes of several stores at once are all there", async () => {
  const { access, rows } = database();
  const stores = times(8, () => optimistic(access));
  await Promise.all(times(800, (index) => stores[index % 8]!.update("1", increment, {})));
  assert.equal(rows.get("1")?.record, { count: 800 });
});

test("a change that fails among others rejects alone and changes nothing", async () => {
  const { access, rows } = database();
  const store = optimistic(access);
  const oops = new Error("oops");
  const failing = () => {
    throw oops;
  };
  const changes = [increment, increment, failing, increment, () => ({ not: () => {} }) as never];
  const done = await Promise.allSettled(changes.map((change) => store.update("1", change, {})));
  assert.equal(
    done.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled", "rejected"],
  );
  assert.is((done[2] as PromiseRejectedResult).reason, oops);
  assert.match((done[4] as PromiseRejectedResult).reason.message, /store\.update: .* at "not"/);
  assert.equal(rows.get("1")?.record, { count: 3 });
});

test("nothing is written where every change fails", async () => {
  const { access, asked } = database();
  const failing = () => {
    throw new Error("oops");
  };
  await Promise.allSettled(times(3, () => optimistic(access).update("1", failing, {})));
  assert.not(asked.includes("set"));
});

test("a change that fails only on what it held runs again on what there is", async () => {
  const { access, rows } = database();
  const store = optimistic(access);
  const held = (await store.read("1"))!;
  await optimistic(access).update("1", increment, {});
  const change = (record: SessionRecord) => {
    if (record.count === 0) throw new Error("old");
    return increment(record);
  };
  assert.is(await store.update("1", change, { held }), true);
  assert.equal(rows.get("1")?.record, { count: 2 });
  rows.delete("1");
  assert.is(await store.update("1", change, { held }), false);
});

test("a write that failed is not tried again, and hinders no later one", async () => {
  const { access, asked, faults, rows } = database();
  const store = optimistic(access);
  const held = (await store.read("1"))!;
  asked.length = 0;
  faults.push(new Error("connection lost"));
  const done = await Promise.allSettled(times(3, () => store.update("1", increment, { held })));
  assert.equal(
    done.map(({ status }) => status),
    ["rejected", "fulfilled", "fulfilled"],
  );
  assert.equal(asked, ["set", "set"]);
  assert.equal(rows.get("1")?.record, { count: 2 });
});

test("a record that is gone refuses all changes, also of who holds it", async () => {
  const { access, rows } = database();
  const store = optimistic(access);
  const held = (await store.read("1"))!;
  rows.delete("1");
  assert.equal(await Promise.all(times(3, () => store.update("1", increment, { held }))), [
    false,
    false,
    false,
  ]);
  assert.is(await store.read("1"), null);
  assert.is(rows.size, 0);
});

test("a write that gets no answer holds up others for half a minute, and does no harm when it ends", async () => {
  const { access, rows } = database();
  let now = 0;
  const clock = mock.method(performance, "now", () => now);
  const answers: (() => void)[] = [];
  const store = optimistic({
    ...access,
    async set(...call) {
      if (answers.length === 0) await new Promise<void>((answer) => answers.push(answer));
      return access.set(...call);
    },
  });
  const lost = store.update("1", increment, {});
  await setImmediate();
  await setImmediate();
  const waiting = store.update("1", increment, {});
  now = 29_999;
  const second = store.update("1", increment, {});
  await setImmediate();
  assert.is(rows.get("1")?.record.count, 0);
  now = 30_000;
  assert.equal(await Promise.all([store.update("1", increment, {}), second, waiting]), [true, true, true]);
  assert.is(rows.get("1")?.record.count, 3);
  const meanwhile = store.update("1", increment, {});
  answers[0]!();
  assert.equal(await Promise.all([lost, meanwhile, store.update("1", increment, {})]), [true, true, true]);
  assert.is(rows.get("1")?.record.count, 6);
  clock.mock.restore();
});

test("the last of the changes that go together says how long the record is kept", async () => {
  const { access } = database();
  const kept: unknown[] = [];
  const store = optimistic({
    ...access,
    set: (id, base, next, keep) => {
      kept.push(keep);
      return access.set(id, base, next, keep);
    },
  });
  await Promise.all([1, 2, 3].map((ttl) => store.update("1", increment, { ttl })));
  assert.equal(kept, [{ ttl: 1 }, { ttl: 3 }]);
});

/** The memory store's records with versions beside them, so that its contract is asked of these halves. */
function withVersions(): SessionStore {
  const inner = memoryStore();
  const versions = versionsOf("memoryStore");
  const version = (record: SessionRecord) => Number(record.version);
  const get = async (id: string): Promise<Versioned | null> => {
    await setImmediate();
    const row = await inner.read(id);
    return row && versions.read(JSON.stringify(row.record), version(row));
  };
  const halves = optimistic({
    versions,
    get,
    async set(id, base, record, keep) {
      await setImmediate();
      let isSet = false;
      await inner.update(
        id,
        (row) => {
          isSet = version(row) === base;
          return isSet ? { record, version: base + 1 } : row;
        },
        keep,
      );
      return isSet ? "set" : get(id);
    },
  });
  return {
    ...halves,
    create: (id, record, keep) => inner.create(id, { record, version: 1 }, keep),
    delete: inner.delete,
    touch: async (id, keep) => inner.touch?.(id, keep),
  };
}

for (const { name, check } of storeContract(withVersions))
  test(`as the contract of stores says, ${name}`, check);

test.run();
