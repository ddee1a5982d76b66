import { mock } from "node:test";
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPromise } from "../../lib/decorate.js";
import { memoryStore } from "../../lib/stores/memory.js";
import type { Keep, SessionRecord, SessionStore } from "../../lib/types.js";
import { lib, printedBy } from "../house/module.js";

const ada = { name: "Ada" };
const minute = 60_000;

/** Time stands still until it is told to go on. */
const stand = () => mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_000_000 });
test.before.each(stand);
test.after.each(() => {
  mock.restoreAll();
  mock.timers.reset();
});

const create = (store: SessionStore, ids: readonly string[], keep: Keep = {}): void => {
  for (const id of ids) store.create(id, { id }, keep);
};
const names = (count: number, prefix = "id"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const present = (store: SessionStore, ids: readonly string[]): string[] =>
  ids.filter((id) => store.read(id) !== null);

/** Lets the work of a round go on until so many records are left; others may work meanwhile, or nobody for a while. */
async function freedTo(store: { readonly size: number }, size: number, idle = 1): Promise<void> {
  for (let turn = 0; turn < 20 && store.size > size; turn++) await wait(idle);
  assert.is(store.size, size);
}

/** The clock is set forward or back; what waits for a time to pass does not see it. */
function leap(by: number): void {
  const now = Date.now;
  Date.now = () => now() + by;
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
  await freedTo(store, 2_000);
  mock.timers.tick(600_000);
  await freedTo(store, 1_000);
  assert.is(present(store, names(1_000, "ever")).length, 1_000);
});

test("a record is freed within a minute of its end, be that in a moment or in days", () => {
  for (const ttl of [0.001, 0.5, 10, 59.9, 3_599, 3_600, 3_601, 7_205, 2 * 24 * 3_600]) {
    const store = memoryStore();
    store.create("id", ada, { ttl });
    mock.timers.tick(ttl * 1000 - 1);
    assert.equal(store.read("id"), ada);
    mock.timers.tick(minute);
    assert.is(store.size, 0, `after ${ttl} seconds`);
  }
});

test("a record that is renewed in time is never freed", () => {
  const store = memoryStore();
  create(store, ["touched", "updated", "left"], { ttl: 90 });
  for (let round = 0; round < 200; round++) {
    mock.timers.tick(minute);
    store.touch?.("touched", { ttl: 90 });
    store.update("updated", (record) => record, { ttl: 90 });
  }
  assert.is(store.size, 2);
});

test("the last time given counts: one that is longer, shorter, or none", () => {
  const store = memoryStore();
  create(store, ["longer", "shorter", "none", "some", "other"], { ttl: 600 });
  store.touch?.("longer", { ttl: 3_000 });
  store.touch?.("shorter", { ttl: 60 });
  for (const id of ["none", "some"]) store.touch?.(id, {});
  mock.timers.tick(2 * minute);
  assert.is(store.size, 4);
  mock.timers.tick(9 * minute);
  assert.is(store.size, 3);
  store.touch?.("some", { ttl: 60 });
  mock.timers.tick(2 * minute);
  assert.equal(present(store, ["longer", "none"]), ["longer", "none"]);
  assert.is(store.size, 2);
  mock.timers.tick(60 * minute);
  assert.is(store.size, 1);
});

test("records deleted, replaced or past max are not freed a second time", () => {
  const store = memoryStore({ max: 4 });
  create(store, ["past", "deleted", "replaced", "a"], { ttl: 1 });
  store.delete("deleted");
  create(store, ["replaced", "b", "c"]);
  mock.timers.tick(1_000 + minute);
  assert.equal(present(store, ["replaced", "b", "c"]), ["replaced", "b", "c"]);
  assert.is(store.size, 3);
  create(store, ["d", "e"]);
  assert.equal(present(store, ["replaced", "b", "c", "d", "e"]), ["b", "c", "d", "e"]);
});

test("freeing goes on after the store was empty", async () => {
  const store = memoryStore();
  for (const prefix of ["a", "b"]) {
    create(store, names(1_000, prefix), { ttl: 1 });
    mock.timers.tick(1_000 + minute);
    await freedTo(store, 0);
    mock.timers.tick(5 * 3_600_000);
  }
});

test("where the clock is set ahead, what is over by it is freed within a minute", async () => {
  for (const ahead of [3_600_000, 8 * 3_600_000, 10 * 365 * 24 * 3_600_000]) {
    const store = memoryStore();
    create(store, names(100), { ttl: 600 });
    create(store, ["a", "b"], { ttl: ahead / 1000 + 600 });
    leap(ahead);
    mock.timers.tick(minute);
    assert.is(store.size, 2);
    mock.timers.tick(11 * minute);
    assert.is(store.size, 0);
  }
});

test("where the clock is set back, new records are freed within a minute and old ones when it is their time", () => {
  leap(24 * 3_600_000);
  const store = memoryStore();
  create(store, ["old"], { ttl: 600 });
  mock.timers.tick(minute);
  leap(-2 * 3_600_000);
  create(store, ["new"], { ttl: 1 });
  mock.timers.tick(1_000 + minute);
  assert.is(store.size, 1);
  mock.timers.tick(2 * 3_600_000 + 7 * minute);
  assert.equal(store.read("old"), { id: "old" });
  mock.timers.tick(2 * minute);
  assert.is(store.size, 0);
});

test("only a store that holds records with a time has a timer", () => {
  const [started, ended] = [mock.method(globalThis, "setInterval"), mock.method(globalThis, "clearInterval")];
  const timers = (): unknown[] => started.mock.calls.map(({ result }) => result);
  const running = (): number => {
    const over = new Set<unknown>(ended.mock.calls.map((call) => call.arguments[0]));
    return timers().filter((timer) => !over.has(timer)).length;
  };
  const store = memoryStore();
  create(store, ["ever"]);
  assert.is(timers().length, 0);
  for (const prefix of ["a", "b"]) {
    create(store, names(10, prefix), { ttl: 600 });
    mock.timers.tick(minute);
    assert.is(running(), 1);
    for (const id of names(10, prefix)) store.delete(id);
    mock.timers.tick(minute);
    assert.is(running(), 0);
  }
  assert.is(timers().length, 2);
});

test("many records are freed in slices, and other work goes on between them", async () => {
  const store = memoryStore();
  create(store, names(10_000), { ttl: 1 });
  mock.timers.tick(1_000 + minute / 3);
  assert.is(store.size, 9_000);
  const sizes = new Set<number>();
  for (let turn = 0; store.size > turn; turn++) {
    store.delete(`new${turn - 1}`);
    create(store, [`new${turn}`], { ttl: 1 });
    await setImmediate();
    sizes.add(store.size);
  }
  assert.ok(sizes.size >= 5, `sizes seen: ${[...sizes]}`);
});

test("freeing goes on while nothing else does", async () => {
  const store = memoryStore({ max: 100_000 });
  create(store, names(100_000), { ttl: 1 });
  mock.timers.tick(1_000 + minute);
  await freedTo(store, 0, 100);
});

/** What a process prints that has a store and nothing else to do: the size of that in the end. */
const leftBy = (code: string): Promise<string> =>
  printedBy(`import { memoryStore } from ${lib("stores/memory")}; const store = memoryStore();
    process.on("exit", () => process.stdout.write(String(store.size)));
    ${code}`);

test("a store does not keep the process alive", async () => {
  assert.is(await leftBy(`store.create("id", {}, { ttl: 600 });`), "1");
});

test("nor does its freeing", async () => {
  const left = await leftBy(`const { mock } = await import("node:test");
    mock.timers.enable({ apis: ["setInterval", "Date"] });
    for (let id = 0; id < 10_000; id++) store.create(String(id), {}, { ttl: 1 });
    mock.timers.tick(60_000);`);
  assert.ok(Number(left) > 0, `left: ${left}`);
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
    /** How many are over later than that. */
    countSince: (time: number) => list.filter(({ until }) => until > time).length,
  };
}

type Stores = SessionStore & { readonly size: number };
type Step = (store: Stores) => unknown;

const id = fc.constantFrom("", "a", "b", "bc", "d", "__proto__");
const record = fc.record({ count: fc.nat() }, { noNullPrototype: true });
const steps = (seconds: fc.Arbitrary<number>): fc.Arbitrary<Step> => {
  const keep = fc.record({ ttl: seconds }, { requiredKeys: [], noNullPrototype: true });
  return fc.oneof(
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
};

test("whatever is done, the store answers as a naive one does", () => {
  const step = steps(fc.integer({ min: 1, max: 5 }));
  const all = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2_000 })), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), all, (max, steps) => {
      const [store, naive] = [memoryStore({ max }), naiveStore(max)];
      for (const [step, pause] of steps) {
        mock.timers.setTime(Date.now() + pause);
        assert.equal(step(store), step(naive));
        assert.is(store.size, naive.size);
      }
    }),
  );
});

test("whatever is done, a record is freed within a minute of its end, and none before", () => {
  const short = fc.integer({ min: 1, max: 90_000 }).map((milliseconds) => milliseconds / 1000);
  const step = steps(fc.oneof(short, fc.integer({ min: 1, max: 3 * 3_600 })));
  const pause = fc.oneof(fc.integer({ min: 0, max: minute }), fc.integer({ min: 0, max: 90 * minute }));
  fc.assert(
    fc.property(fc.array(fc.tuple(step, pause), { maxLength: 50 }), (steps) => {
      mock.timers.reset();
      stand();
      const [store, naive] = [memoryStore(), naiveStore(100)];
      for (const [step, pause] of steps) {
        mock.timers.tick(pause);
        assert.equal(step(store), step(naive));
        const [most, least] = [naive.countSince(Date.now() - minute), naive.countSince(Date.now())];
        assert.ok(least <= store.size && store.size <= most, `${least} <= ${store.size} <= ${most}`);
      }
    }),
  );
});

test("a change that ends its own session is refused, and nothing is counted twice", () => {
  const store = memoryStore();
  const ends = {
    "by a delete": () => store.delete("id"),
    "by its subject": () => store.deleteAllOf("ada"),
    "by another in its place": () => store.create("id", { name: "Eve" }, {}),
  };
  for (const [how, end] of Object.entries(ends)) {
    store.create("other", ada, { ttl: 60, subject: "ada" });
    store.create("id", ada, { ttl: 60, subject: "ada" });
    const change = (record: SessionRecord): SessionRecord => {
      end();
      return record;
    };
    assert.is(store.update("id", change, { ttl: 1, subject: "ada" }), false, how);
    mock.timers.tick(minute);
    store.delete("id");
    store.delete("other");
    assert.is(store.size, 0, how);
    assert.equal(store.sessionsOf("ada"), [], how);
  }
});

test.run();
