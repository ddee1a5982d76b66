/** Checks of updates that run at once with others that fail, that hold what is old, or that the record does not outlive. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { SessionRecord, SessionStore } from "../../types.js";
import { aMoment, atOnce, check, inTime, kept } from "./check.js";
import {
  answered,
  counted,
  countOf,
  deletedMeanwhile,
  goesOn,
  increment,
  once,
  present,
  refused,
  refusedAfterDelete,
} from "./updates.js";

/** What the store gives to be held. */
async function heldOf(store: SessionStore, id: string): Promise<SessionRecord> {
  const held = await store.read(id);
  assert.ok(held, "expected a record to hold");
  return held;
}

const heldNow = check(
  "an update is made once where the held record is the present one, itself or its like",
  [answered, once],
  async (store) => {
    const id = await kept(store, { count: 0 });
    assert.equal(await store.update(id, increment, { held: await heldOf(store, id) }), true);
    assert.equal(await store.update(id, increment, { held: { count: 1 } }), true);
    assert.equal(await countOf(store, id), 2);
  },
);

const heldLong = check(
  "change gets the present record where the held one was read long ago",
  [present, heldNow],
  async (store) => {
    const id = await kept(store, { count: 0 });
    const held = await heldOf(store, id);
    for (let count = 1; count <= 3; count++) {
      await store.update(id, increment, { held });
      // Also after a while: a store may still remember what it has just written.
      await aMoment();
      assert.equal(await countOf(store, id), count);
    }
  },
);

const heldByMany = check(
  "of many updates at once that hold the same record none is lost",
  [counted, heldLong],
  async (store) => {
    const id = await kept(store, { count: 0 });
    const held = await heldOf(store, id);
    await atOnce(50, () => store.update(id, increment, { held }));
    await atOnce(50, (index) => store.update(id, increment, { held: index % 2 ? held : { count: 0 } }));
    assert.equal(await countOf(store, id), 100);
  },
);

/** Makes an update, or one whose change fails, and tells the error that came of it. */
function errorOf(store: SessionStore, id: string, error: Error | undefined): Promise<unknown> {
  const change = (record: SessionRecord): SessionRecord => {
    if (error !== undefined) throw error;
    return increment(record);
  };
  return Promise.resolve()
    .then(() => store.update(id, change, {}))
    .then(
      () => undefined,
      (reason) => reason,
    );
}

const failsAlone = check(
  "of many updates at once those fail whose change throws, each with its error, and no others",
  [counted, once, goesOn],
  async (store) => {
    const id = await kept(store, { count: 0 });
    const errors = Array.from({ length: 60 }, (_, index) => (index % 3 ? undefined : new Error("oops")));
    const found = await Promise.all(errors.map((error) => errorOf(store, id, error)));
    assert.deepEqual(
      found.map((error, index) => error === errors[index]),
      errors.map(() => true),
    );
    assert.equal(await countOf(store, id), 40);
  },
);

const deletedAmong = check(
  "a delete among many updates wins, and those after it are refused",
  [refused, refusedAfterDelete, counted, deletedMeanwhile],
  async (store) => {
    const id = await kept(store, { count: 0 });
    const update = async (): Promise<boolean> => store.update(id, increment, {});
    const deleted = Promise.resolve().then(() => store.delete(id));
    await Promise.all([
      atOnce(50, update),
      atOnce(50, () => setImmediate().then(update)),
      deleted.then(update).then((made) => assert.equal(made, false)),
    ]);
    assert.equal(await store.read(id), null);
  },
);

const nested = check(
  "an update is made that begins while the change of another runs",
  [answered, counted, once],
  async (store) => {
    const id = await kept(store, { count: 0 });
    let other: Promise<unknown> | undefined;
    const change = (record: SessionRecord): SessionRecord => {
      // A moment later: a change is pure, and one that updates by itself would be none.
      other ??= Promise.allSettled([Promise.resolve().then(() => store.update(id, increment, {}))]);
      return increment(record);
    };
    await inTime(store.update(id, change, {}));
    await inTime(other);
    assert.equal(await countOf(store, id), 2);
  },
);

export const atOnceChecks = [heldNow, heldLong, heldByMany, failsAlone, deletedAmong, nested];
