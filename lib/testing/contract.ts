/** The contract of session stores as checks, for whoever writes a store. */
import { setTimeout } from "node:timers/promises";
import { checkNames, wrong } from "../errors.js";
import type { Awaitable, SessionStore } from "../types.js";
import { atOnceChecks } from "./contract/at-once.js";
import type { Check, World } from "./contract/check.js";
import { entries } from "./contract/entries.js";
import { records } from "./contract/records.js";
import { sessionsOf } from "./contract/sessions-of.js";
import { several } from "./contract/several.js";
import { signOut } from "./contract/sign-out.js";
import { longTimes, times } from "./contract/times.js";
import { updates } from "./contract/updates.js";
import { values } from "./contract/values.js";

export type StoreCheck = {
  /** What holds in a store that keeps the contract. */
  readonly name: string;
  /** Rejects with an AssertionError where it does not hold. */
  readonly check: () => Promise<void>;
};

export type ContractOptions = {
  /** Whether all stores that `makeStore` gives have the same records: then several work at once. Default false. */
  readonly shared?: boolean | undefined;
  /**
   * Lets seconds (also parts of one) go by for the store without waiting: sets `Date.now` ahead where the store goes
   * by it, or sets back the times of all records in the database. Then long times are looked at too, and the checks
   * take turns, as they share one clock. Default: waits.
   */
  readonly later?: ((seconds: number) => Awaitable<unknown>) | undefined;
};

const holds = ({ run }: Check, store: SessionStore, world: World): Promise<boolean> =>
  run(store, world).then(
    () => true,
    () => false,
  );

/** Runs a check. A failure says nothing new where its ground is gone: the check of that ground fails by itself. */
async function runOn(store: SessionStore, { needs, run }: Check, world: World): Promise<void> {
  try {
    await run(store, world);
  } catch (error) {
    for (const need of needs) if (!(await holds(need, store, world))) return;
    throw error;
  }
}

/** Does works one after the other, though they are asked for at once. */
function turns(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

function checkArguments(makeStore: unknown, options: ContractOptions): void {
  if (typeof makeStore !== "function") {
    const hint = "For example storeContract(() => memoryStore())";
    throw wrong("storeContract", "a function that makes a store", makeStore, hint);
  }
  checkNames("storeContract", options, ["shared", "later"]);
  const { shared, later } = options;
  if (shared !== undefined && typeof shared !== "boolean")
    throw wrong("storeContract", 'true or false as "shared"', shared);
  if (later !== undefined && typeof later !== "function")
    throw wrong("storeContract", 'a function of seconds as "later"', later);
}

/**
 * The contract of `SessionStore` as a list of named checks, to be run in any test runner, one by one or all at
 * once. Each makes its own store and works on ids of its own, so `makeStore` may give the same store again. A
 * store that breaks in one way fails the checks of that way and no others. Some wait a second for a record's
 * time to be over; records are left behind, so use a database for tests. What `SubjectStore` adds is looked at
 * where the store has it.
 *
 * `for (const { name, check } of storeContract(() => memoryStore())) test(name, check)`
 *
 * @throws TypeError where `makeStore` is not a function, or an option is wrong.
 */
export function storeContract(
  makeStore: () => Awaitable<SessionStore>,
  options: ContractOptions = {},
): readonly StoreCheck[] {
  checkArguments(makeStore, options);
  const { shared = false, later } = options;
  const checks = [
    ...records,
    ...updates,
    ...atOnceChecks,
    ...times,
    ...values,
    ...sessionsOf,
    ...entries,
    ...signOut,
  ];
  const inTurn = later === undefined ? (work: () => Promise<void>) => work() : turns();
  const world: World = {
    another: async () => makeStore(),
    later: async (seconds) => void (await (later ?? wait)(seconds)),
  };
  return [...checks, ...(shared ? several : []), ...(later ? longTimes : [])].map((each) => ({
    name: each.name,
    check: () => inTurn(async () => runOn(await makeStore(), each, world)),
  }));
}

const wait = (seconds: number): Promise<void> => setTimeout(seconds * 1_000);
