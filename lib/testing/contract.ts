/** The contract of session stores as checks, for whoever writes a store. */
import { wrong } from "../errors.js";
import type { Awaitable, SessionStore } from "../types.js";
import type { Check } from "./contract/check.js";
import { records } from "./contract/records.js";
import { times } from "./contract/times.js";
import { updates } from "./contract/updates.js";
import { values } from "./contract/values.js";

export type StoreCheck = {
  /** What holds in a store that keeps the contract. */
  readonly name: string;
  /** Rejects with an AssertionError where it does not hold. */
  readonly check: () => Promise<void>;
};

const holds = ({ run }: Check, store: SessionStore): Promise<boolean> =>
  run(store).then(
    () => true,
    () => false,
  );

/** Runs a check. A failure says nothing new where its ground is gone: the check of that ground fails by itself. */
async function runOn(store: SessionStore, { needs, run }: Check): Promise<void> {
  try {
    await run(store);
  } catch (error) {
    for (const need of needs) if (!(await holds(need, store))) return;
    throw error;
  }
}

/**
 * The contract of `SessionStore` as a list of named checks, to be run in any test runner, one by one or all at
 * once. Each makes its own store and works on ids of its own, so `makeStore` may give the same store again. A
 * store that breaks in one way fails the checks of that way and no others. Some wait a second for a record's
 * time to be over; records are left behind, so use a database for tests.
 *
 * `for (const { name, check } of storeContract(() => memoryStore())) test(name, check)`
 *
 * @throws TypeError where `makeStore` is not a function.
 */
export function storeContract(makeStore: () => Awaitable<SessionStore>): readonly StoreCheck[] {
  if (typeof makeStore !== "function") {
    const hint = "For example storeContract(() => memoryStore())";
    throw wrong("storeContract", "a function that makes a store", makeStore, hint);
  }
  return [...records, ...updates, ...times, ...values].map((each) => ({
    name: each.name,
    check: async () => runOn(await makeStore(), each),
  }));
}
