/** Checks of which sessions a store with an index lists as those of a subject. */
import assert from "node:assert/strict";
import type { SessionStore, SubjectStore } from "../../types.js";
import { ada, assertDeleteWins, check, kept, long, short, shortIsOver, touch } from "./check.js";
import { assertListed, freshSubject, indexCheck, listed } from "./indexed.js";
import { apart, deleted, readBack } from "./records.js";
import {
  forGood,
  gone,
  refusedWhenOver,
  renewed,
  there,
  touchDeletedMeanwhile,
  touched,
  touchedAfterDelete,
  touchedWhenOver,
} from "./times.js";
import { deletedMeanwhile, refusedAfterDelete } from "./updates.js";

const whole = check(
  "sessionsOf and deleteAllOf are both there, or neither",
  [],
  async ({ sessionsOf, deleteAllOf }: SessionStore & Partial<SubjectStore>) => {
    assert.equal(typeof deleteAllOf, typeof sessionsOf);
  },
);

export const isListed = indexCheck(
  "a record with a subject is listed",
  [readBack, apart, there],
  async (store) => {
    const subject = freshSubject();
    const ids = [await kept(store, ada, { subject }), await kept(store, ada, { subject, ttl: long })];
    await assertListed(store, subject, ids);
  },
);

const allListed = indexCheck(
  "all sessions of a subject are listed, however many they are",
  [isListed],
  async (store) => {
    const subject = freshSubject();
    const ids = await Promise.all(Array.from({ length: 150 }, () => kept(store, ada, { subject })));
    await assertListed(store, subject, ids);
  },
);

const nobody = indexCheck("of nobody no sessions are listed", [], async (store) => {
  assert.deepEqual(await store.sessionsOf(freshSubject()), []);
});

const unlisted = indexCheck(
  "a record without subject is listed nowhere",
  [nobody, isListed],
  async (store) => {
    const id = await kept(store, ada, { label: "Firefox" });
    await store.update(id, (record) => record, {});
    for (const subject of ["", "undefined", "null", id])
      assert.ok(
        !(await listed(store, subject)).includes(id),
        `expected no record of ${JSON.stringify(subject)}`,
      );
  },
);

const subjects = [
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "0",
  "'",
  '"',
  "世界",
  "\u0000",
  "\ud800",
];

export const anyText = indexCheck("a subject may be any text", [there, isListed], async (store) => {
  for (const subject of [...subjects, "0123456789".repeat(1_000)]) {
    const id = await kept(store, ada, { subject, ttl: long });
    assert.ok((await listed(store, subject)).includes(id), `expected a record of ${JSON.stringify(subject)}`);
    await store.delete(id);
  }
});

export const deletedUnlisted = indexCheck(
  "a deleted session is not listed",
  [deleted, isListed],
  async (store) => {
    const subject = freshSubject();
    const [one, other] = [await kept(store, ada, { subject }), await kept(store, ada, { subject })];
    await store.delete(one);
    await assertListed(store, subject, [other]);
  },
);

const overUnlisted = indexCheck(
  "a session whose ttl is over is not listed, those with more time or none are",
  [gone, there, forGood, isListed],
  async (store, world) => {
    const subject = freshSubject();
    const stay = [await kept(store, ada, { subject }), await kept(store, ada, { subject, ttl: long })];
    await kept(store, ada, { subject, ttl: short });
    await shortIsOver(world);
    await assertListed(store, subject, stay);
  },
);

const renewedStays = indexCheck(
  "a session that was renewed is listed as long as it is kept",
  [renewed, touched, overUnlisted],
  async (store, world) => {
    const subject = freshSubject();
    const [one, other] = [
      await kept(store, ada, { subject, ttl: short }),
      await kept(store, ada, { subject, ttl: short }),
    ];
    await store.update(one, (record) => record, { subject, ttl: long });
    await touch(store, other, { subject, ttl: long });
    await shortIsOver(world);
    await assertListed(store, subject, [one, other]);
  },
);

export const staysUnlisted = indexCheck(
  "a session that is gone is not listed again by an update or a touch",
  [deletedUnlisted, overUnlisted, refusedAfterDelete, refusedWhenOver, touchedAfterDelete, touchedWhenOver],
  async (store, world) => {
    const subject = freshSubject();
    const ids = [await kept(store, ada, { subject }), await kept(store, ada, { subject, ttl: short })];
    await store.delete(ids[0]!);
    await shortIsOver(world);
    for (const id of ids) {
      await store.update(id, () => ada, { subject });
      await touch(store, id, { subject });
    }
    await assertListed(store, subject, []);
  },
);

export const deletedWhileRenewed = indexCheck(
  "a session that is deleted during updates and touches is not listed",
  [deletedUnlisted, deletedMeanwhile, touchDeletedMeanwhile],
  async (store) => {
    const subject = freshSubject();
    const renew = (id: string) =>
      Promise.all([store.update(id, (record) => record, { subject }), touch(store, id, { subject })]);
    await assertDeleteWins(store, renew, { subject });
    await assertListed(store, subject, []);
  },
);

export const sessionsOf = [
  whole,
  isListed,
  allListed,
  nobody,
  unlisted,
  anyText,
  deletedUnlisted,
  overUnlisted,
  renewedStays,
  staysUnlisted,
  deletedWhileRenewed,
];
