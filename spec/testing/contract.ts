import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryStore } from "../../lib/stores/memory.js";
import { type ContractOptions, storeContract } from "../../lib/testing/contract.js";
import type { SessionStore } from "../../lib/types.js";
import { later, setRight } from "../house/clock.js";
import { type Failure, failureOf } from "../house/outcome.js";
import { brokenStores } from "../stores/broken.js";
import { age, jsonCopy, makeDatabase, reference } from "../stores/reference.js";

const withoutTouch = (): SessionStore => {
  const { touch: _, ...store } = reference().store;
  return store;
};
const withoutIndex = (): SessionStore => {
  const { sessionsOf: _, deleteAllOf: __, ...store } = reference().store;
  return store;
};
const database = makeDatabase();
const together = () => reference(jsonCopy, database).store;
const shared = memoryStore();

type Looked = { readonly makeStore: () => SessionStore; readonly options?: ContractOptions };

const rightStores: { readonly [what: string]: Looked } = {
  "a store that answers with promises": { makeStore: () => reference().store },
  "a store without touch": { makeStore: withoutTouch },
  "a store without an index": { makeStore: withoutIndex },
  "the memory store": { makeStore: () => memoryStore() },
  "one store for all checks": { makeStore: () => shared },
  "one store for all checks, as several": { makeStore: () => shared, options: { shared: true } },
  "a database with several stores and a clock": {
    makeStore: together,
    options: { shared: true, later: (seconds) => age(database, seconds) },
  },
};

/** The names of the checks that a store fails. */
async function failing({ makeStore, options }: Looked): Promise<string[]> {
  const checks = storeContract(makeStore, options);
  const outcomes = await Promise.allSettled(checks.map(({ check }) => check()));
  return checks.flatMap(({ name }, index) => (outcomes[index]?.status === "rejected" ? [name] : []));
}

/** What each store fails. */
const found = new Map<string, readonly string[]>();

/** A few stores are looked at together, as checks wait: more, and what should take a moment takes a second. */
async function look(stores: Iterable<Looked & { readonly defect: string }>): Promise<void> {
  for (const { defect, ...looked } of stores) found.set(defect, await failing(looked));
}

test.after.each(setRight);

test.before(async () => {
  const right = Object.entries(rightStores).map(([defect, looked]) => ({ defect, ...looked }));
  const queue = [...right, ...brokenStores].values();
  await Promise.all(Array.from({ length: 40 }, () => look(queue)));
});

for (const what of Object.keys(rightStores)) {
  test(`${what} passes every check`, () => {
    assert.equal(found.get(what), []);
  });
}

for (const { defect, fails } of brokenStores) {
  test(`where ${defect}, exactly the checks of that fail`, () => {
    assert.equal(found.get(defect), fails);
  });
}

const all = storeContract(memoryStore, { shared: true, later: () => {} });

test("there is a broken store for every check", () => {
  const told = new Set(brokenStores.flatMap(({ fails }) => fails));
  const untold = all.filter(({ name }) => !told.has(name));
  assert.equal(untold, []);
});

test("every check has a name of its own", () => {
  const names = all.map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
});

test("a failing check says what it expected and what it got", async () => {
  const makeStore = (): SessionStore => ({ ...memoryStore(), read: () => ({ name: "Eve" }) });
  const { check } = storeContract(makeStore).find(({ name }) => name === "a created record is read back")!;
  const error = (await failureOf(check)) as Failure & { actual?: unknown; expected?: unknown };
  assert.is(error.code, "ERR_ASSERTION");
  assert.equal([error.actual, error.expected], [{ name: "Eve" }, { name: "Ada" }]);
});

test("checks take turns where they share a clock: ten years of one end no session of another", async () => {
  const start = Date.now();
  assert.equal(await failing({ makeStore: () => memoryStore(), options: { later } }), []);
  assert.ok(Date.now() - start > 20 * 365 * 24 * 3_600_000);
});

test("without a clock or several stores there are no checks of them", () => {
  const names = (options?: ContractOptions) => storeContract(memoryStore, options).map(({ name }) => name);
  const [fewest, most] = [names(), names({ shared: true, later: () => {} })];
  assert.equal(most.slice(0, fewest.length), fewest);
  assert.equal(
    names({ shared: true }).length + names({ later: () => {} }).length,
    fewest.length + most.length,
  );
});

test("options of another kind are refused", () => {
  const options = (value: unknown) => () => storeContract(memoryStore, value as ContractOptions);
  assert.throws(options({ shared: 1 }), /^storeContract: expected true or false as "shared", got 1$/);
  assert.throws(options({ later: 1 }), /^storeContract: expected a function of seconds as "later", got 1$/);
  assert.throws(options({ clock: 1 }), /^storeContract: expected options among shared, later, got "clock"$/);
  assert.throws(options(memoryStore), /^storeContract: expected a map of options, got /);
});

test("a store in place of a function that makes one is refused", () => {
  const store = memoryStore() as unknown as () => SessionStore;
  const message =
    /^storeContract: expected a function that makes a store, got an object with .*\. For example storeContract\(\(\) => memoryStore\(\)\)$/;
  assert.throws(() => storeContract(store), message);
});

test.run();
