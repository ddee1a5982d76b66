import { execFile } from "node:child_process";
import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPromise } from "../../lib/decorate.js";
import { memoryStore } from "../../lib/stores/memory.js";
import type { Keep, SessionRecord, SessionStore } from "../../lib/types.js";

const ada = { name: "Ada" };
const minute = 60_000;

/** Time stands still until it is told to go on. */
test.before.each(() => mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_000_000 }));
test.after.each(() => mock.timers.reset());

const create = (store: SessionStore, ids: readonly string[], keep: Keep = {}): void => {
  for (const id of ids) store.create(id, { id }, keep);
};
const names = (count: number, prefix = "id"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const present = (store: SessionStore, ids: readonly string[]): string[] =>
  ids.filter((id) => store.read(id) !== null);

/** Lets the work of a round go on until it is done. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

test("nothing is answered with a promise", () => {
  const store = memoryStore();
  const answers = [
    store.create("id", ada, {}),
    store.read("id"),
    store.update("id", (record) => record, {}),
    store.touch?.("id", {}),
    store.delete("id"),
  ];
  assert.not.ok(answers.some(isPromise));
});

test("a record that was read is given to change as it is, without a copy", () => {
  const store = memoryStore();
  store.create("id", ada, {});
  const record = store.read("id") as SessionRecord;
  assert.ok(Object.isFrozen(record));
  store.update(
    "id",
    (present) => {
      assert.is(present, record);
      return present;
    },
    {},
  );
  assert.is(store.read("id"), record);
});

test("a record that JSON cannot hold is refused, and nothing is written", () => {
  const store = memoryStore();
  const record = { answer: () => 42 } as unknown as SessionRecord;
  assert.throws(
    () => store.create("id", record, {}),
    /^memoryStore: expected .* at "answer", got .*function/,
  );
  assert.is(store.size, 0);
  store.create("id", ada, {});
  assert.throws(() => store.update("id", () => record, {}), /memoryStore/);
  assert.equal(store.read("id"), ada);
});

test("an update whose change throws does not renew the time", () => {
  const store = memoryStore();
  store.create("id", ada, { ttl: 1 });
  const change = (): never => {
    throw new Error("oops");
  };
  assert.throws(() => store.update("id", change, { ttl: 60 }), /oops/);
  mock.timers.tick(1_000);
  assert.is(store.read("id"), null);
});

test("past max the record goes first that was used longest ago", () => {
  const store = memoryStore({ max: 3 });
  create(store, ["a", "b", "c", "d"]);
  assert.equal(present(store, ["a", "b", "c", "d"]), ["b", "c", "d"]);
  assert.is(store.size, 3);
});

test("reading, updating and touching are use", () => {
  const store = memoryStore({ max: 3 });
  create(store, ["a", "b", "c"]);
  store.read("a");
  store.update("b", (record) => record, {});
  create(store, ["d"]);
  store.touch?.("a", {});
  create(store, ["e"]);
  assert.equal(present(store, ["a", "b", "c", "d", "e"]), ["a", "d", "e"]);
});

test("records made and deleted leave room for others", () => {
  const store = memoryStore({ max: 2 });
  create(store, ["a", "b"]);
  store.delete("b");
  create(store, ["c"]);
  assert.equal(present(store, ["a", "b", "c"]), ["a", "c"]);
});

test("a record created again takes the place of the one before", () => {
  const store = memoryStore({ max: 2 });
  create(store, ["a", "a", "b", "c", "d"]);
  assert.equal(present(store, ["a", "b", "c", "d"]), ["c", "d"]);
  assert.is(store.size, 2);
});

test("a record lasts to the millisecond, be it for years", () => {
  const store = memoryStore();
  const years = 10 * 365 * 24 * 3600;
  store.create("id", ada, { ttl: years });
  mock.timers.setTime(1_000_000 + years * 1000 - 1);
  assert.equal(store.read("id"), ada);
  mock.timers.setTime(1_000_000 + years * 1000);
  assert.is(store.read("id"), null);
});

test("expired records are freed within a minute, others stay", async () => {
  const store = memoryStore();
  create(store, names(1_000, "short"), { ttl: 1 });
  create(store, names(1_000, "long"), { ttl: 600 });
  create(store, names(1_000, "ever"));
  mock.timers.tick(1_000 + minute);
  await turns(5);
  assert.is(store.size, 2_000);
  mock.timers.tick(600_000);
  await turns(5);
  assert.is(store.size, 1_000);
  assert.is(present(store, names(1_000, "ever")).length, 1_000);
});

test("a record that is renewed in time is never freed", async () => {
  const store = memoryStore();
  create(store, ["touched", "updated", "left"], { ttl: 90 });
  for (let round = 0; round < 10; round++) {
    mock.timers.tick(minute);
    await turns(1);
    store.touch?.("touched", { ttl: 90 });
    store.update("updated", (record) => record, { ttl: 90 });
  }
  assert.is(store.size, 2);
});

test("freeing goes on after the store was empty", async () => {
  const store = memoryStore();
  for (const prefix of ["a", "b"]) {
    create(store, names(1_000, prefix), { ttl: 1 });
    mock.timers.tick(1_000 + minute);
    await turns(5);
    assert.is(store.size, 0);
  }
});

test("a record kept for good is freed once it was given a time", async () => {
  const store = memoryStore();
  create(store, ["id"]);
  store.touch?.("id", { ttl: 1 });
  mock.timers.tick(1_000 + minute);
  await turns(1);
  assert.is(store.size, 0);
});

test("many records are freed in slices, and other work goes on between them", async () => {
  const store = memoryStore();
  create(store, names(10_000), { ttl: 1 });
  const sizes = [store.size];
  mock.timers.tick(1_000 + minute / 3);
  sizes.push(store.size);
  for (let turn = 0; turn < 20; turn++) {
    create(store, [`new${turn}`]);
    await turns(1);
    sizes.push(store.size);
  }
  const steps = sizes.slice(1).map((size, index) => sizes[index]! - size);
  assert.ok(Math.max(...steps) <= 1_000, `freed at a time: ${steps}`);
  assert.is(store.size, 20);
});

test("a store does not keep the process alive", async () => {
  const url = new URL("../../lib/stores/memory.js", import.meta.url);
  const code = `const { memoryStore } = await import("${url}"); memoryStore().create("id", {}, { ttl: 600 });`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { timeout: 10_000 });
});

test("max is a positive whole number", () => {
  const expected = /^memoryStore: expected a positive whole number as "max", got /;
  for (const max of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10"]) {
    assert.throws(() => memoryStore({ max: max as number }), expected);
  }
});

/** The same store without any care for speed: a list in the order of use. */
function naiveStore(max: number) {
  let list: { id: string; record: SessionRecord; until: number }[] = [];
  const drop = (id: string): void => {
    list = list.filter((one) => one.id !== id);
  };
  const add = (id: string, record: SessionRecord, { ttl = Number.POSITIVE_INFINITY }: Keep): void => {
    drop(id);
    list = [...list, { id, record, until: Date.now() + ttl * 1000 }].slice(-max);
  };
  const use = (id: string) => {
    const found = list.find((one) => one.id === id && one.until > Date.now());
    if (found !== undefined) list = [...list.filter((one) => one !== found), found];
    return found;
  };
  return {
    read: (id: string) => use(id)?.record ?? null,
    create: add,
    update(id: string, change: (record: SessionRecord) => SessionRecord, keep: Keep): boolean {
      const found = use(id);
      if (found !== undefined) add(id, change(found.record), keep);
      return found !== undefined;
    },
    delete: drop,
    touch(id: string, keep: Keep): void {
      const found = use(id);
      if (found !== undefined) add(id, found.record, keep);
    },
    get size() {
      return list.length;
    },
  };
}

type Stores = SessionStore & { readonly size: number };
type Step = (store: Stores) => unknown;

const id = fc.constantFrom("a", "b", "c", "d", "__proto__");
const keep = fc.record({ ttl: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [], noNullPrototype: true });
const record = fc.record({ count: fc.nat() }, { noNullPrototype: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  id.map((id) => (store: Stores) => store.read(id)),
  fc.tuple(id, record, keep).map(
    ([id, record, keep]) =>
      (store: Stores) =>
        store.create(id, record, keep),
  ),
  fc.tuple(id, record, keep).map(
    ([id, record, keep]) =>
      (store: Stores) =>
        store.update(id, ({ count }) => ({ count: Number(count) + record.count }), keep),
  ),
  id.map((id) => (store: Stores) => store.delete(id)),
  fc.tuple(id, keep).map(
    ([id, keep]) =>
      (store: Stores) =>
        store.touch?.(id, keep),
  ),
);

test("whatever is done, the store answers as a naive one does", () => {
  const steps = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2_000 })), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), steps, (max, steps) => {
      const [store, naive] = [memoryStore({ max }), naiveStore(max)];
      for (const [step, pause] of steps) {
        mock.timers.setTime(Date.now() + pause);
        assert.equal(step(store), step(naive));
        assert.is(store.size, naive.size);
      }
    }),
  );
});

test.run();
