import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryStore } from "../../lib/stores/memory.js";
import { storeContract } from "../../lib/testing/contract.js";
import type { SessionStore } from "../../lib/types.js";
import { brokenStores } from "../stores/broken.js";
import { reference } from "../stores/reference.js";

const withoutTouch = (): SessionStore => {
  const { touch: _, ...store } = reference().store;
  return store;
};
const shared = memoryStore();

const rightStores: { readonly [what: string]: () => SessionStore } = {
  "a store that answers with promises": () => reference().store,
  "a store without touch": withoutTouch,
  "the memory store": () => memoryStore(),
  "one store for all checks": () => shared,
};

/** The names of the checks that a store fails. */
async function failing(makeStore: () => SessionStore): Promise<string[]> {
  const checks = storeContract(makeStore);
  const outcomes = await Promise.allSettled(checks.map(({ check }) => check()));
  return checks.flatMap(({ name }, index) => (outcomes[index]?.status === "rejected" ? [name] : []));
}

/** What each store fails. Checks wait for times to be over, so the stores are looked at together. */
const found = new Map<string, readonly string[]>();

test.before(async () => {
  const right = Object.entries(rightStores).map(([defect, makeStore]) => ({ defect, makeStore }));
  const looks: Promise<unknown>[] = [];
  for (const { defect, makeStore } of [...brokenStores, ...right]) {
    looks.push(failing(makeStore).then((names) => found.set(defect, names)));
    await setTimeout(10);
  }
  await Promise.all(looks);
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

test("there is a broken store for every check", () => {
  const told = new Set(brokenStores.flatMap(({ fails }) => fails));
  const untold = storeContract(memoryStore).filter(({ name }) => !told.has(name));
  assert.equal(untold, []);
});

test("every check has a name of its own", () => {
  const names = storeContract(memoryStore).map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
});

test("a failing check says what it expected and what it got", async () => {
  const makeStore = (): SessionStore => ({ ...memoryStore(), read: () => ({ name: "Eve" }) });
  const { check } = storeContract(makeStore).find(({ name }) => name === "a created record is read back")!;
  const error = await check().then(
    () => undefined,
    (reason) => reason,
  );
  assert.is(error.code, "ERR_ASSERTION");
  assert.equal([error.actual, error.expected], [{ name: "Eve" }, { name: "Ada" }]);
});

test("a store in place of a function that makes one is refused", () => {
  const store = memoryStore() as unknown as () => SessionStore;
  const message =
    /^storeContract: expected a function that makes a store, got an object with .*\. For example storeContract\(\(\) => memoryStore\(\)\)$/;
  assert.throws(() => storeContract(store), message);
});

test.run();
