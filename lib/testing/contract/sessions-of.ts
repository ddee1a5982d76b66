/** Checks of what a store with an index lists as the sessions of a subject. */
import assert from "node:assert/strict";
import type { Keep, SessionEntry, SessionStore, SubjectStore } from "../../types.js";
import { ada, assertDeleteWins, aTick, check, kept, long, short, shortIsOver, touch } from "./check.js";
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
import { deletedMeanwhile, refusedAfterDelete, replaced } from "./updates.js";

const whole = check(
  "sessionsOf and deleteAllOf are both there, or neither",
  [],
  async ({ sessionsOf, deleteAllOf }: SessionStore & Partial<SubjectStore>) => {
    assert.equal(typeof deleteAllOf, typeof sessionsOf);
  },
);

export const isListed = indexCheck("a record with a subject is listed", [readBack, apart], async (store) => {
  const subject = freshSubject();
  const ids = [await kept(store, ada, { subject }), await kept(store, ada, { subject, ttl: long })];
  await assertListed(store, subject, ids);
});

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

/** The only session of a subject, as it is listed. */
async function entryOf(store: SubjectStore, subject: string): Promise<SessionEntry> {
  const [entry] = await store.sessionsOf(subject);
  assert.ok(entry, "expected a session to be listed");
  return entry;
}

const aDay = 24 * 3_600 * 1_000;

const dated = indexCheck(
  "a session is listed with the times of its beginning and its last use",
  [isListed],
  async (store) => {
    const subject = freshSubject();
    await kept(store, ada, { subject });
    const { created, seen } = await entryOf(store, subject);
    for (const time of [created, seen])
      assert.ok(Math.abs(Date.now() - time) < aDay, `expected milliseconds since 1970, got ${time}`);
    assert.ok(created <= seen, `expected no session to be seen before ${created}, got ${seen}`);
  },
);

/** Renews a session in both ways, and gives how it is listed before, between and after that. */
async function renewedTwice(store: SubjectStore, before: Keep, between: Keep, after: Keep) {
  const subject = freshSubject();
  const id = await kept(store, ada, { ...before, subject });
  const first = await entryOf(store, subject);
  await aTick();
  await store.update(id, (record) => record, { ...between, subject });
  const second = await entryOf(store, subject);
  await aTick();
  await touch(store, id, { ...after, subject });
  return [first, second, await entryOf(store, subject)] as const;
}

const seenAnew = indexCheck(
  "updates and touches say when a session was seen, and leave when it began",
  [dated, replaced, touched],
  async (store) => {
    const [first, second, third] = await renewedTwice(store, {}, {}, {});
    assert.deepEqual([second.created, third.created], [first.created, first.created]);
    assert.ok(first.seen < second.seen && second.seen < third.seen, "expected later times");
  },
);

const labels = ["Firefox on Linux", "", "__proto__", "'\"\\", "世界", "\u0000", "\ud800", "x".repeat(10_000)];

const labelled = indexCheck(
  "a session is listed with its label, any text or none",
  [isListed],
  async (store) => {
    for (const label of labels) {
      const subject = freshSubject();
      await kept(store, ada, { subject, label });
      assert.equal((await entryOf(store, subject)).label, label);
    }
    const subject = freshSubject();
    await kept(store, ada, { subject });
    assert.equal((await entryOf(store, subject)).label, undefined);
  },
);

const labelledAnew = indexCheck(
  "the label is the one that came with the last update or touch, or none",
  [labelled, replaced, touched],
  async (store) => {
    const labelsOf = async (...keeps: [Keep, Keep, Keep]) =>
      (await renewedTwice(store, ...keeps)).map(({ label }) => label);
    const found = await Promise.all([
      labelsOf({ label: "a" }, { label: "b" }, { label: "c" }),
      labelsOf({ label: "a" }, {}, { label: "c" }),
      labelsOf({}, { label: "b" }, {}),
    ]);
    assert.deepEqual(found, [
      ["a", "b", "c"],
      ["a", undefined, "c"],
      [undefined, "b", undefined],
    ]);
  },
);

const ordered = indexCheck("the session seen last is listed first", [isListed, seenAnew], async (store) => {
  const subject = freshSubject();
  const [a, b, c] = [
    await kept(store, ada, { subject }),
    await aTick().then(() => kept(store, ada, { subject })),
    await aTick().then(() => kept(store, ada, { subject })),
  ];
  assert.deepEqual(await listed(store, subject), [c, b, a]);
  await aTick();
  await store.update(b, (record) => record, { subject });
  assert.deepEqual(await listed(store, subject), [b, c, a]);
  await aTick();
  await touch(store, a, { subject });
  assert.deepEqual(await listed(store, subject), [a, b, c]);
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
  nobody,
  unlisted,
  anyText,
  dated,
  seenAnew,
  labelled,
  labelledAnew,
  ordered,
  deletedUnlisted,
  overUnlisted,
  renewedStays,
  staysUnlisted,
  deletedWhileRenewed,
];
