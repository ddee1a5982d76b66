/** Checks of what a store with an index says about each session that it lists: since when, seen when, how labelled. */
import assert from "node:assert/strict";
import type { Keep, SessionEntry, SessionRecord, SubjectStore } from "../../types.js";
import { ada, aTick, kept, touch } from "./check.js";
import { freshSubject, indexCheck, listed } from "./indexed.js";
import { isListed } from "./sessions-of.js";
import { touched } from "./times.js";
import { replaced } from "./updates.js";

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

const labelledLast = indexCheck(
  "the label of an update is the one that keep has when change has run",
  [labelledAnew],
  async (store) => {
    const subject = freshSubject();
    const id = await kept(store, ada, { subject, label: "a" });
    const keep = { subject, label: "b" };
    const change = (record: SessionRecord): SessionRecord => {
      keep.label = "c";
      return record;
    };
    await store.update(id, change, keep);
    assert.equal((await entryOf(store, subject)).label, "c");
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

export const entries = [dated, seenAnew, labelled, labelledAnew, labelledLast, ordered];
