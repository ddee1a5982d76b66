/** Checks of how a store with an index ends all sessions of a subject, whatever else is under way. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { SubjectStore } from "../../types.js";
import { ada, atOnce, inTime, kept, touch } from "./check.js";
import { assertListed, assertMovesEnd, freshSubject, indexCheck, moments, withSignOut } from "./indexed.js";
import { deleted, deletedUnknown, readBack, swapCase, unknown } from "./records.js";
import { deletedUnlisted, deletedWhileRenewed, isListed, staysUnlisted } from "./sessions-of.js";
import { forGood, touchDeletedMeanwhile } from "./times.js";
import { deletedMeanwhile, refused, replaced } from "./updates.js";

/** Has the store keep several sessions of a subject at once, and gives their ids. */
const severalOf = (store: SubjectStore, subject: string, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => kept(store, ada, { subject })));

export const ended = indexCheck(
  "deleteAllOf ends all sessions of a subject",
  [deleted, deletedUnlisted],
  async (store) => {
    const subject = freshSubject();
    const ids = await severalOf(store, subject, 150);
    await store.deleteAllOf(subject);
    for (const id of ids) assert.equal(await store.read(id), null);
    await assertListed(store, subject, []);
  },
);

const endsNobody = indexCheck("deleteAllOf of nobody is no error", [], async (store) => {
  await store.deleteAllOf(freshSubject());
});

/** Subjects that a store may take for one another: by length, case, as patterns, or for what an encoding makes of them. */
function alike(): string[] {
  const base = `a${freshSubject()}`;
  const long = randomBytes(5_000).toString("hex");
  const ends = [
    "",
    " ",
    "*",
    "%",
    ":",
    ":a",
    "'",
    '"',
    "\\",
    "\u0000",
    "\u0000a",
    "\ud800",
    "\udbff",
    "\ufffd",
    "é",
    "e\u0301",
  ];
  return [
    ...ends.map((end) => base + end),
    `_${base.slice(1)}`,
    `__proto__${base}`,
    swapCase(base),
    `${long}a`,
    `${long}b`,
  ];
}

export const apart = indexCheck("subjects that look alike are apart", [forGood, isListed], async (store) => {
  const ids = new Map<string, string>();
  for (const subject of alike()) ids.set(subject, await kept(store, ada, { subject }));
  for (const [subject, id] of ids) await assertListed(store, subject, [id]);
});

const endedAlone = indexCheck(
  "deleteAllOf ends no sessions of others",
  [readBack, forGood, apart, ended],
  async (store) => {
    const anybody = await kept(store, ada);
    const ids = new Map<string, string>();
    for (const subject of alike()) ids.set(subject, await kept(store, ada, { subject }));
    for (const [subject, id] of ids) {
      await store.deleteAllOf(subject);
      assert.equal(await store.read(id), null);
      ids.delete(subject);
      for (const other of ids.values()) assert.deepEqual(await store.read(other), ada);
    }
    assert.deepEqual(await store.read(anybody), ada);
  },
);

const again = indexCheck(
  "after deleteAllOf the subject may sign in again",
  [readBack, isListed, ended],
  async (store) => {
    const subject = freshSubject();
    await severalOf(store, subject, 2);
    await store.deleteAllOf(subject);
    const ids = await severalOf(store, subject, 2);
    for (const id of ids) assert.deepEqual(await store.read(id), ada);
    await assertListed(store, subject, ids);
  },
);

const wins = indexCheck(
  "deleteAllOf wins over updates and touches under way",
  [forGood, refused, deletedMeanwhile, touchDeletedMeanwhile, staysUnlisted, deletedWhileRenewed, ended],
  async (store) => {
    for (const moment of moments) {
      const subject = freshSubject();
      const ids = await severalOf(store, subject, 5);
      const works = ids.map((id) => async () => {
        await Promise.all([store.update(id, () => ada, { subject }), touch(store, id, { subject })]);
      });
      await withSignOut(store, works, moment, () => store.deleteAllOf(subject));
      for (const id of ids) assert.equal(await store.read(id), null);
      await assertListed(store, subject, []);
    }
  },
);

export const moved = indexCheck(
  "deleteAllOf ends sessions that are moving to new ids",
  [
    forGood,
    deletedUnknown,
    refused,
    replaced,
    deletedMeanwhile,
    deletedUnlisted,
    deletedWhileRenewed,
    ended,
    wins,
  ],
  (store) => assertMovesEnd(store, (subject) => store.deleteAllOf(subject)),
);

const loggedIn = indexCheck(
  "a session that is created during deleteAllOf is gone, or it is there and listed",
  [unknown, forGood, again],
  async (store) => {
    for (const moment of moments) {
      const subject = freshSubject();
      await severalOf(store, subject, 2);
      const works = Array.from({ length: 5 }, () => () => kept(store, ada, { subject }));
      const ids = await withSignOut(store, works, moment, () => store.deleteAllOf(subject));
      const records = await Promise.all(ids.map(async (id) => store.read(id)));
      for (const record of records) assert.deepEqual(record, record && ada);
      await assertListed(
        store,
        subject,
        ids.filter((_, index) => records[index] !== null),
      );
    }
  },
);

const together = indexCheck(
  "deletes and calls of deleteAllOf at once all come to an end",
  [deletedUnknown, deletedUnlisted, ended, endsNobody],
  async (store) => {
    const subject = freshSubject();
    const ids = await severalOf(store, subject, 10);
    await inTime(
      Promise.all([
        atOnce(3, () => store.deleteAllOf(subject)),
        atOnce(ids.length, (index) => store.delete(ids[index]!)),
      ]),
    );
    for (const id of ids) assert.equal(await store.read(id), null);
    await assertListed(store, subject, []);
  },
);

export const signOut = [ended, endsNobody, apart, endedAlone, again, wins, moved, loggedIn, together];
