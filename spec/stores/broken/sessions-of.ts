/** Stores that list sessions wrongly. */
import { setImmediate } from "node:timers/promises";
import type { SessionEntry } from "../../../lib/types.js";
import { type Reference, untilOf } from "../reference.js";
import { type Broken, broken, listing, withKeep } from "./make.js";

/** Lists more than there is: what is added under a subject stays. */
function added({ store, kept }: Reference) {
  const entries: (SessionEntry & { readonly subject: string | undefined })[] = [];
  return {
    add: (id: string, subject: string | undefined): void => {
      entries.push({ id, created: Date.now(), seen: Date.now(), subject });
    },
    sessionsOf: async (subject: string) => [
      ...(await store.sessionsOf(subject)),
      ...entries.filter((entry) => entry.subject === subject && !kept.has(entry.id)),
    ],
  };
}

export const sessionsOf: readonly Broken[] = [
  broken(
    "sessions are listed and cannot be ended",
    ["sessionsOf and deleteAllOf are both there, or neither"],
    () => ({
      deleteAllOf: undefined as never,
    }),
  ),
  broken(
    "sessions are ended and cannot be listed",
    ["sessionsOf and deleteAllOf are both there, or neither"],
    () => ({
      sessionsOf: undefined as never,
    }),
  ),
  listing("nothing is listed", ["a record with a subject is listed"], () => []),
  listing("one session is listed", ["a record with a subject is listed"], (entries) => entries.slice(0, 1)),
  broken("only known subjects are listed", ["of nobody no sessions are listed"], ({ store }) => {
    const known = new Set<string>();
    return {
      create: (id, record, keep) => {
        if (keep.subject !== undefined) known.add(keep.subject);
        return store.create(id, record, keep);
      },
      sessionsOf: async (subject) => {
        if (!known.has(subject)) throw new Error("nobody");
        return store.sessionsOf(subject);
      },
    };
  }),
  broken("no subject is the subject undefined", ["a record without subject is listed nowhere"], (right) =>
    withKeep(right, (keep) => ({ ...keep, subject: String(keep.subject) })),
  ),
  broken("an empty subject is none", ["a subject may be any text"], (right) =>
    withKeep(right, ({ subject, ...keep }) => (subject ? { ...keep, subject } : keep)),
  ),
  broken("names that objects have are no subjects", ["a subject may be any text"], (right) =>
    withKeep(right, ({ subject, ...keep }) =>
      subject === undefined || subject in {} ? keep : { ...keep, subject },
    ),
  ),
  broken("deleted sessions are listed", ["a deleted session is not listed"], (right) => {
    const { add, sessionsOf } = added(right);
    return {
      sessionsOf,
      delete: async (id) => {
        const subject = right.kept.get(id)?.whose?.subject;
        await right.store.delete(id);
        add(id, subject);
      },
    };
  }),
  broken(
    "sessions whose time is over are listed",
    ["a session whose ttl is over is not listed, those with more time or none are"],
    ({ kept }) => ({
      sessionsOf: async (subject) =>
        [...kept]
          .filter(([, { whose }]) => whose?.subject === subject)
          .map(([id, { whose }]) => ({ ...whose!, id }))
          .sort((a, b) => b.seen - a.seen),
    }),
  ),
  listing(
    "the index ends with the session written last",
    ["a session whose ttl is over is not listed, those with more time or none are"],
    (entries, { kept }) => {
      const last = [...kept.values()].at(-1);
      return last !== undefined && last.until <= Date.now() ? [] : entries;
    },
  ),
  broken(
    "the index keeps the first time",
    ["a session that was renewed is listed as long as it is kept"],
    ({ store, kept, present }) => ({
      create: (id, record, keep) => {
        kept.set(`entry of ${id}`, { record, until: untilOf(keep) });
        return store.create(id, record, keep);
      },
      sessionsOf: async (subject) =>
        (await store.sessionsOf(subject)).filter(({ id }) => present(`entry of ${id}`) !== undefined),
    }),
  ),
  broken(
    "an update lists what is gone",
    ["a session that is gone is not listed again by an update or a touch"],
    (right) => {
      const { add, sessionsOf } = added(right);
      return {
        sessionsOf,
        update: async (id, change, keep) => {
          const made = await right.store.update(id, change, keep);
          if (!made) add(id, keep.subject);
          return made;
        },
      };
    },
  ),
  broken(
    "an update writes the index when it is over",
    ["a session that is deleted during updates and touches is not listed"],
    (right) => {
      const { add, sessionsOf } = added(right);
      return {
        sessionsOf,
        update: async (id, change, keep) => {
          const made = await right.store.update(id, change, keep);
          for (let turn = 0; turn < 5; turn++) await setImmediate();
          if (made) add(id, keep.subject);
          return made;
        },
      };
    },
  ),
  listing(
    "a page of sessions is listed",
    ["all sessions of a subject are listed, however many they are"],
    (entries) => entries.slice(0, 20),
  ),
];
