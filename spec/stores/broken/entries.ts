/** Stores that say wrong things about the sessions that they list. */
import type { Keep, SessionEntry, SubjectStore } from "../../../lib/types.js";
import type { Reference } from "../reference.js";
import { type Broken, broken, listing } from "./make.js";

const each = (change: (entry: SessionEntry) => Partial<SessionEntry>) => (entries: readonly SessionEntry[]) =>
  entries.map((entry) => ({ ...entry, ...change(entry) }));

/** What the first label of each record was, and what is made of it and a later one. */
const relabelled = (label: (first: string | undefined, now: string | undefined) => string | undefined) => {
  const first = new Map<string, string | undefined>();
  return ({ store }: Reference): Partial<SubjectStore> => {
    const of = (id: string, keep: Keep): Keep => {
      const { label: now, ...rest } = keep;
      const text = label(first.get(id), now);
      return text === undefined ? rest : { ...rest, label: text };
    };
    return {
      create: (id, record, keep) => {
        first.set(id, keep.label);
        return store.create(id, record, keep);
      },
      update: (id, change, keep) => store.update(id, change, of(id, keep)),
      touch: (id, keep) => store.touch(id, of(id, keep)),
    };
  };
};

export const entries: readonly Broken[] = [
  listing(
    "times are in seconds",
    ["a session is listed with the times of its beginning and its last use"],
    each(({ created, seen }) => ({ created: created / 1000, seen: seen / 1000 })),
  ),
  listing(
    "seen stands still",
    ["updates and touches say when a session was seen, and leave when it began"],
    each(({ created }) => ({ seen: created })),
  ),
  listing(
    "created moves",
    ["updates and touches say when a session was seen, and leave when it began"],
    each(({ seen }) => ({ created: seen })),
  ),
  listing(
    "labels are not listed",
    ["a session is listed with its label, any text or none"],
    each(() => ({ label: undefined })),
  ),
  listing(
    "labels end at \\u0000",
    ["a session is listed with its label, any text or none"],
    each(({ label }) => ({ label: label?.replace(/\0.*/s, "") })),
  ),
  listing(
    "labels are never none",
    ["a session is listed with its label, any text or none"],
    each(({ label }) => ({ label: label ?? "" })),
  ),
  broken(
    "a label stands for good",
    ["the label is the one that came with the last update or touch, or none"],
    relabelled((first) => first),
  ),
  broken(
    "a label is never taken away",
    ["the label is the one that came with the last update or touch, or none"],
    relabelled((first, now) => now ?? first),
  ),
  broken(
    "update looks at the label before the change",
    ["the label of an update is the one that keep has when change has run"],
    ({ store }) => ({ update: (id, change, keep) => store.update(id, change, { ...keep }) }),
  ),
  listing("the session seen first is listed first", ["the session seen last is listed first"], (entries) =>
    entries.toReversed(),
  ),
  listing("sessions are listed as they began", ["the session seen last is listed first"], (entries) =>
    entries.toSorted((a, b) => b.created - a.created),
  ),
];
