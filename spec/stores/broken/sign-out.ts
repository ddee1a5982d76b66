/** Stores that end the sessions of a subject wrongly. */
import { setImmediate } from "node:timers/promises";
import { jsonCopy, reference, untilOf, whoseOf } from "../reference.js";
import { type Broken, broken, withSubjects } from "./make.js";

export const signOut: readonly Broken[] = [
  broken("deleteAllOf does nothing", ["deleteAllOf ends all sessions of a subject"], () => ({
    deleteAllOf: async () => {},
  })),
  broken("deleteAllOf ends a hundred", ["deleteAllOf ends all sessions of a subject"], ({ store }) => ({
    deleteAllOf: async (subject) => {
      const entries = await store.sessionsOf(subject);
      await Promise.all(entries.slice(0, 100).map(({ id }) => store.delete(id)));
    },
  })),
  broken("deleteAllOf fails for nobody", ["deleteAllOf of nobody is no error"], ({ store }) => ({
    deleteAllOf: async (subject) => {
      if ((await store.sessionsOf(subject)).length === 0) throw new Error("nobody");
      return store.deleteAllOf(subject);
    },
  })),
  broken("subjects have no case", ["subjects that look alike are apart"], (right) =>
    withSubjects(right, (subject) => subject.toLowerCase()),
  ),
  broken("subjects are trimmed", ["subjects that look alike are apart"], (right) =>
    withSubjects(right, (subject) => subject.trim()),
  ),
  broken("subjects are UTF-8", ["subjects that look alike are apart"], (right) =>
    withSubjects(right, (subject) => Buffer.from(subject).toString()),
  ),
  broken("subjects are cut short", ["subjects that look alike are apart"], (right) =>
    withSubjects(right, (subject) => subject.slice(0, 255)),
  ),
  broken(
    "deleteAllOf takes subjects for prefixes",
    ["deleteAllOf ends no sessions of others"],
    ({ kept }) => ({
      deleteAllOf: async (subject) => {
        for (const [id, { whose }] of kept) if (whose?.subject.startsWith(subject)) kept.delete(id);
      },
    }),
  ),
  broken("deleteAllOf ends everybody's", ["deleteAllOf ends no sessions of others"], ({ kept }) => ({
    deleteAllOf: async () => kept.clear(),
  })),
  broken("who was signed out stays out", ["after deleteAllOf the subject may sign in again"], ({ store }) => {
    const out = new Set<string | undefined>();
    return {
      create: async (id, record, keep) => {
        if (!out.has(keep.subject)) await store.create(id, record, keep);
      },
      deleteAllOf: (subject) => {
        out.add(subject);
        return store.deleteAllOf(subject);
      },
    };
  }),
  broken(
    "an update looks again for deletes only",
    ["deleteAllOf wins over updates and touches under way"],
    ({ store, kept, present }) => {
      const { inTurn } = reference();
      const deleted = new Set<string>();
      return {
        delete: (id) => {
          deleted.add(id);
          return store.delete(id);
        },
        update: (id, change, keep) =>
          inTurn(id, async () => {
            const found = present(id);
            if (found === undefined) return false;
            const record = jsonCopy(change(jsonCopy(found.record)));
            await setImmediate();
            if (deleted.has(id)) return false;
            kept.set(id, { record, until: untilOf(keep), whose: whoseOf(keep, found.whose) });
            return true;
          }),
      };
    },
  ),
  broken(
    "deleteAllOf ends what it found at first, one after the other",
    ["deleteAllOf ends sessions that are moving to new ids"],
    ({ store }) => ({
      deleteAllOf: async (subject) => {
        for (const { id } of await store.sessionsOf(subject)) await store.delete(id);
      },
    }),
  ),
  broken(
    "the index is written before the record, and emptied at once",
    ["a session that is created during deleteAllOf is gone, or it is there and listed"],
    ({ store, kept }) => {
      const index = new Map<string, string | undefined>();
      return {
        create: async (id, record, keep) => {
          index.set(id, keep.subject);
          await store.create(id, record, keep);
        },
        sessionsOf: async (subject) =>
          (await store.sessionsOf(subject)).filter(({ id }) => index.get(id) === subject),
        deleteAllOf: async (subject) => {
          await setImmediate();
          for (const [id, whose] of index) if (whose === subject && kept.delete(id)) index.delete(id);
          for (const [id, whose] of index) if (whose === subject) index.delete(id);
        },
      };
    },
  ),
  broken(
    "deleteAllOf fails where it is under way",
    ["deletes and calls of deleteAllOf at once all come to an end"],
    ({ store }) => {
      const underWay = new Set<string>();
      return {
        deleteAllOf: async (subject) => {
          if (underWay.has(subject)) throw new Error("deadlock");
          underWay.add(subject);
          await store.deleteAllOf(subject);
          underWay.delete(subject);
        },
      };
    },
  ),
];
