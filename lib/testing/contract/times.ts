/** Checks of how a store keeps time: records end with their ttl, updates and touches renew it, and what is over stays over. */
import assert from "node:assert/strict";
import type { Awaitable, Keep, SessionRecord, SessionStore } from "../../types.js";
import {
  ada,
  aMoment,
  assertDeleteWins,
  check,
  kept,
  long,
  short,
  shortIsOver,
  touch,
  type World,
} from "./check.js";
import { deleted, readBack, unknown } from "./records.js";
import { present, refused, refusedAfterDelete, replaced } from "./updates.js";

const [minute, hour, tenYears] = [60, 3_600, 10 * 365 * 24 * 3_600];

export const gone = check(
  "a record is gone when its ttl is over",
  [unknown, readBack],
  async (store, world) => {
    const id = await kept(store, ada, { ttl: short });
    await shortIsOver(world);
    assert.equal(await store.read(id), null);
  },
);

export const there = check(
  "a record is there until its ttl is over, be it years",
  [readBack],
  async (store) => {
    const ids = [await kept(store, ada, { ttl: long }), await kept(store, ada, { ttl: tenYears })];
    await aMoment();
    for (const id of ids) assert.deepEqual(await store.read(id), ada);
  },
);

const fractions = check(
  "a part of a second counts: 1.9 seconds are more than 1.2",
  [there, replaced],
  async (store, world) => {
    const before = await kept(store, ada, { ttl: 2 });
    await world.later(0.2);
    const keep = { ttl: 1.9 };
    const ids = [await kept(store, ada, keep), await kept(store, ada), await kept(store, ada)];
    await store.update(ids[1]!, (record) => record, keep);
    await touch(store, ids[2]!, keep);
    await shortIsOver(world);
    const records = await Promise.all(ids.map(async (id) => store.read(id)));
    // It ends sooner than the others: where a busy machine took that long, theirs may be over indeed.
    if ((await store.read(before)) !== null) assert.deepEqual(records, [ada, ada, ada]);
  },
);

export const forGood = check("a record without ttl stays", [readBack, replaced], async (store, world) => {
  const ids = [await kept(store, ada), await kept(store, ada)];
  await store.update(ids[1]!, (record) => record, {});
  await shortIsOver(world);
  for (const id of ids) assert.deepEqual(await store.read(id), ada);
});

/** Makes a short time long and a long one short. */
async function assertSetAnew(
  store: SessionStore,
  world: World,
  renew: (id: string, keep: Keep) => Awaitable<unknown>,
): Promise<void> {
  const longer = await kept(store, ada, { ttl: short });
  await renew(longer, { ttl: long });
  const shorter = await kept(store, ada, { ttl: long });
  await renew(shorter, { ttl: short });
  await shortIsOver(world);
  assert.deepEqual(await store.read(longer), ada);
  assert.equal(await store.read(shorter), null);
}

export const renewed = check("an update sets the time anew", [gone, there, replaced], (store, world) =>
  assertSetAnew(store, world, (id, keep) => store.update(id, (record) => record, keep)),
);

export const refusedWhenOver = check(
  "an update after the ttl is false and does not bring the record back",
  [gone, refused],
  async (store, world) => {
    const id = await kept(store, ada, { ttl: short });
    await shortIsOver(world);
    assert.equal(await store.update(id, () => ada, { ttl: long }), false);
    assert.equal(await store.read(id), null);
  },
);

export const touched = check("a touch sets the time anew", [gone, there, renewed], (store, world) =>
  assertSetAnew(store, world, (id, keep) => touch(store, id, keep)),
);

const untouched = check("a touch leaves the record as it is", [readBack, present], async (store) => {
  const id = await kept(store, ada);
  await touch(store, id, { held: { name: "Eve" } });
  assert.deepEqual(await store.read(id), ada);
});

const touchedMeanwhile = check(
  "a touch undoes no update that runs at the same time",
  [replaced, untouched],
  async (store) => {
    const [one, other] = [await kept(store, ada), await kept(store, ada)];
    const renamed = (): SessionRecord => ({ name: "Eve" });
    await Promise.all([touch(store, one, {}), store.update(one, renamed, {})]);
    await Promise.all([store.update(other, renamed, {}), touch(store, other, {})]);
    for (const id of [one, other]) assert.deepEqual(await store.read(id), { name: "Eve" });
  },
);

export const touchedAfterDelete = check(
  "a touch does not bring a deleted record back",
  [deleted, refusedAfterDelete],
  async (store) => {
    const id = await kept(store, ada);
    await store.delete(id);
    await touch(store, id, {});
    assert.equal(await store.read(id), null);
  },
);

export const touchDeletedMeanwhile = check(
  "a delete wins over a touch under way",
  [deleted, touchedAfterDelete],
  (store) => assertDeleteWins(store, (id) => touch(store, id, {})),
);

export const touchedWhenOver = check(
  "a touch does not bring a record back whose ttl is over",
  [gone, refusedWhenOver],
  async (store, world) => {
    const id = await kept(store, ada, { ttl: short });
    await shortIsOver(world);
    await touch(store, id, { ttl: long });
    assert.equal(await store.read(id), null);
  },
);

export const times = [
  gone,
  there,
  fractions,
  forGood,
  renewed,
  refusedWhenOver,
  touched,
  untouched,
  touchedMeanwhile,
  touchedAfterDelete,
  touchDeletedMeanwhile,
  touchedWhenOver,
];

const lasts = check(
  "an hour ends when it is over and no minute before, and so do ten years",
  [readBack, gone, there],
  async (store, { later }) => {
    const [one, other] = [await kept(store, ada, { ttl: hour }), await kept(store, ada, { ttl: tenYears })];
    const found = async () => [await store.read(one), await store.read(other)];
    await later(hour - minute);
    assert.deepEqual(await found(), [ada, ada]);
    await later(2 * minute);
    assert.deepEqual(await found(), [null, ada]);
    await later(tenYears - hour - 2 * minute);
    assert.deepEqual(await found(), [null, ada]);
    await later(2 * minute);
    assert.deepEqual(await found(), [null, null]);
  },
);

const outlasts = check(
  "a record without ttl outlasts ten years",
  [readBack, forGood],
  async (store, { later }) => {
    const id = await kept(store, ada);
    await later(tenYears);
    assert.deepEqual(await store.read(id), ada);
  },
);

/** For stores whose clock can be moved. */
export const longTimes = [lasts, outlasts];
