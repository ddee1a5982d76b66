/** Checks of how a store keeps and forgets records. */
import assert from "node:assert/strict";
import { ada, check, freshId, kept } from "./check.js";

export const unknown = check("an unknown id reads as null", [], async (store) => {
  assert.equal(await store.read(freshId()), null);
});

export const readBack = check("a created record is read back", [], async (store) => {
  const id = await kept(store, ada);
  assert.deepEqual(await store.read(id), ada);
  assert.deepEqual(await store.read(id), ada);
});

export const deleted = check("a deleted record is gone", [unknown, readBack], async (store) => {
  const id = await kept(store, ada);
  await store.delete(id);
  assert.equal(await store.read(id), null);
});

export const deletedUnknown = check("deleting an unknown id is no error", [], async (store) => {
  await store.delete(freshId());
});

const deletedTwice = check(
  "deleting what was deleted is no error",
  [deleted, deletedUnknown],
  async (store) => {
    const id = await kept(store, ada);
    await store.delete(id);
    await store.delete(id);
    assert.equal(await store.read(id), null);
  },
);

export const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

/** Ids that a store may take for one another: by their length, their case, or as patterns. */
const alike = (id: string): string[] => [`${id}A`, `${id}B`, `${id}_`, `${id}-`, `${swapCase(id)}A`];

export const apart = check("records under different ids are apart", [readBack], async (store) => {
  const ids = alike(freshId().slice(1));
  for (const id of ids) await store.create(id, { id }, {});
  for (const id of ids) assert.deepEqual(await store.read(id), { id });
});

const deletedAlone = check("a delete leaves other records alone", [apart], async (store) => {
  const ids = alike(freshId().slice(1));
  for (const id of ids) await store.create(id, { id }, {});
  await store.delete(ids[2]!);
  for (const id of ids.toSpliced(2, 1)) assert.deepEqual(await store.read(id), { id });
});

export const records = [unknown, readBack, deleted, deletedUnknown, deletedTwice, apart, deletedAlone];
