/** Checks of how a store updates records, one change after another and many at once. */
import assert from "node:assert/strict";
import type { SessionRecord, SessionStore } from "../../types.js";
import { ada, assertDeleteWins, atOnce, check, freshId, inTime, kept } from "./check.js";
import { deleted, readBack, unknown } from "./records.js";

export const shouted = ({ name }: SessionRecord): SessionRecord => ({ name: String(name).toUpperCase() });
export const increment = (record: SessionRecord): SessionRecord => ({
  ...record,
  count: Number(record.count) + 1,
});
export const countOf = async (store: SessionStore, id: string): Promise<number> =>
  Number((await store.read(id))?.count);

export const replaced = check(
  "an update replaces the record by what change makes of it",
  [readBack],
  async (store) => {
    const id = await kept(store, { name: "Ada", old: true });
    await store.update(id, shouted, {});
    assert.deepEqual(await store.read(id), { name: "ADA" });
  },
);

export const answered = check("an update that was made answers true", [readBack], async (store) => {
  assert.equal(await store.update(await kept(store, ada), shouted, {}), true);
});

export const refused = check(
  "an update of an unknown id is false and writes nothing",
  [unknown],
  async (store) => {
    const id = freshId();
    assert.equal(await store.update(id, () => ada, {}), false);
    assert.equal(await store.read(id), null);
  },
);

const updatedAlone = check("an update leaves other records alone", [readBack, replaced], async (store) => {
  const [one, other] = [await kept(store, ada), await kept(store, { name: "Eve" })];
  await store.update(one, shouted, {});
  assert.deepEqual(await store.read(other), { name: "Eve" });
});

export const refusedAfterDelete = check(
  "an update after a delete is false and does not bring the record back",
  [deleted, refused],
  async (store) => {
    const id = await kept(store, ada);
    await store.delete(id);
    assert.equal(await store.update(id, () => ada, {}), false);
    assert.equal(await store.read(id), null);
  },
);

const refusedThoughHeld = check(
  "a held record does not bring a deleted one back",
  [refusedAfterDelete],
  async (store) => {
    const id = await kept(store, ada);
    await store.delete(id);
    assert.equal(await store.update(id, shouted, { held: ada }), false);
    assert.equal(await store.read(id), null);
  },
);

export const deletedMeanwhile = check(
  "a delete wins over an update under way",
  [replaced, refusedAfterDelete],
  async (store) => {
    await assertDeleteWins(store, (id) => store.update(id, shouted, {}));
    await assertDeletedFromWithin(store, await kept(store, ada));
  },
);

/** The worst moment for a delete: the update has read the record and has not written it. */
async function assertDeletedFromWithin(store: SessionStore, id: string): Promise<void> {
  let deleting: Promise<unknown> | undefined;
  const change = (record: SessionRecord): SessionRecord => {
    // A moment later: a change is pure, and one that deletes by itself would be none.
    deleting ??= Promise.resolve().then(() => store.delete(id));
    return record;
  };
  await store.update(id, change, {});
  await deleting;
  assert.equal(await store.read(id), null);
}

export const counted = check("of a hundred updates at once none is lost", [replaced], async (store) => {
  const id = await kept(store, { count: 0 });
  await atOnce(100, () => store.update(id, increment, {}));
  const count = await countOf(store, id);
  assert.ok(count >= 100, `expected a count of 100, got ${count}`);
});

const merged = check("updates of different keys at once are all kept", [replaced], async (store) => {
  const id = await kept(store, {});
  await atOnce(20, (index) => store.update(id, (record) => ({ ...record, [`key${index}`]: index }), {}));
  const all = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, index]));
  assert.deepEqual(await store.read(id), all);
});

export const present = check(
  "change gets the present record where the held one is old",
  [replaced],
  async (store) => {
    const id = await kept(store, ada);
    await store.update(id, shouted, {});
    await store.update(id, (record) => ({ ...record, seen: true }), { held: ada });
    assert.deepEqual(await store.read(id), { name: "ADA", seen: true });
  },
);

export const once = check(
  "a change is applied once, however often it runs",
  [readBack, replaced],
  async (store) => {
    const id = await kept(store, { count: 0 });
    for (const count of [0, 1, 2]) await store.update(id, increment, { held: { count } });
    assert.equal(await countOf(store, id), 3);
    await atOnce(10, () => store.update(id, increment, {}));
    const count = await countOf(store, id);
    assert.ok(count <= 13, `expected a count of 13, got ${count}`);
  },
);

const oops = new Error("oops");
const failing = (): never => {
  throw oops;
};
/** An update whose change fails, told apart from other errors by the error itself. */
const failedUpdate = (store: SessionStore, id: string): Promise<void> =>
  assert.rejects(
    async () => store.update(id, failing, {}),
    (error) => error === oops,
  );

export const thrown = check(
  "an error thrown by change comes out and nothing is written",
  [readBack, replaced],
  async (store) => {
    const id = await kept(store, ada);
    await failedUpdate(store, id);
    assert.deepEqual(await store.read(id), ada);
  },
);

export const goesOn = check(
  "an error thrown by change does not hinder the next update",
  [replaced, thrown],
  async (store) => {
    const id = await kept(store, ada);
    await failedUpdate(store, id);
    await inTime(store.update(id, shouted, {}));
    assert.deepEqual(await store.read(id), { name: "ADA" });
  },
);

export const updates = [
  replaced,
  answered,
  refused,
  updatedAlone,
  refusedAfterDelete,
  refusedThoughHeld,
  deletedMeanwhile,
  counted,
  merged,
  present,
  once,
  thrown,
  goesOn,
];
