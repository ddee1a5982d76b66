/** Checks of several stores with the same records, as several processes have them. */
import assert from "node:assert/strict";
import type { SessionStore } from "../../types.js";
import { ada, assertDeleteWins, atOnce, check, kept } from "./check.js";
import { assertListed, assertMovesEnd, freshSubject, hasIndex, indexCheck } from "./indexed.js";
import { readBack } from "./records.js";
import { ended, moved } from "./sign-out.js";
import {
  counted,
  countOf,
  deletedMeanwhile,
  increment,
  once,
  present,
  replaced,
  shouted,
} from "./updates.js";

const seen = check(
  "what one store writes another one reads",
  [readBack, replaced],
  async (store, { another }) => {
    const [id, other] = [await kept(store, ada), await another()];
    assert.deepEqual(await other.read(id), ada);
    await store.update(id, shouted, {});
    assert.deepEqual(await other.read(id), { name: "ADA" });
    await store.delete(id);
    assert.equal(await other.read(id), null);
  },
);

const countedTogether = check(
  "of a hundred updates at once by several stores none is lost",
  [seen, counted, once],
  async (store, { another }) => {
    const stores = [store, await another(), await another(), await another()];
    const id = await kept(store, { count: 0 });
    await atOnce(100, (index) => stores[index % stores.length]!.update(id, increment, {}));
    assert.equal(await countOf(store, id), 100);
  },
);

const heldByAnother = check(
  "change gets the present record where another store has changed the held one",
  [seen, present],
  async (store, { another }) => {
    const [id, other] = [await kept(store, { count: 0 }), await another()];
    const held = (await other.read(id)) ?? {};
    for (const each of [store, other, store, other]) await each.update(id, increment, { held });
    assert.equal(await countOf(store, id), 4);
  },
);

const deletedByAnother = check(
  "a delete wins over an update under way in another store",
  [seen, deletedMeanwhile],
  async (store, { another }) => {
    const other = await another();
    await assertDeleteWins(store, (id) => other.update(id, shouted, {}));
  },
);

/** Stores of one kind have an index all, or none. */
const anotherWithIndex = async (another: () => Promise<SessionStore>) => {
  const other = await another();
  assert.ok(hasIndex(other), "expected another store with sessionsOf and deleteAllOf");
  return other;
};

const endedByAnother = indexCheck(
  "sessions that one store began another one lists and ends",
  [seen, ended],
  async (store, { another }) => {
    const [subject, other] = [freshSubject(), await anotherWithIndex(another)];
    const ids = [await kept(store, ada, { subject }), await kept(other, ada, { subject })];
    await assertListed(other, subject, ids);
    await other.deleteAllOf(subject);
    for (const id of ids) assert.equal(await store.read(id), null);
    await assertListed(store, subject, []);
  },
);

const movedElsewhere = indexCheck(
  "deleteAllOf ends sessions that are moving to new ids in another store",
  [deletedByAnother, endedByAnother, moved],
  async (store, { another }) => {
    const other = await anotherWithIndex(another);
    await assertMovesEnd(store, (subject) => other.deleteAllOf(subject));
  },
);

export const several = [
  seen,
  countedTogether,
  heldByAnother,
  deletedByAnother,
  endedByAnother,
  movedElsewhere,
];
