/** Stores that are right each by itself, and go wrong together. */
import { jsonCopy, type Reference, reference } from "../reference.js";
import { type Broken, brokenTogether, inTwoSteps } from "./make.js";

/** Notes the ids that a store created itself. */
function own({ store }: Reference) {
  const ids = new Set<string>();
  const create: Reference["store"]["create"] = (id, record, keep) => {
    ids.add(id);
    return store.create(id, record, keep);
  };
  return { ids, create };
}

export const several: readonly Broken[] = [
  brokenTogether("each store reads its own records", ["what one store writes another one reads"], (right) => {
    const { ids, create } = own(right);
    return { create, read: async (id) => (ids.has(id) ? right.store.read(id) : null) };
  }),
  brokenTogether(
    "each store has its own lock",
    ["of a hundred updates at once by several stores none is lost"],
    (right) => {
      const { inTurn } = reference();
      const update = inTwoSteps(right, (id, _, record) => {
        const found = right.kept.get(id);
        if (found !== undefined) found.record = record;
      });
      return { update: (id, change, keep) => inTurn(id, () => update(id, change, keep)) };
    },
  ),
  brokenTogether(
    "each store trusts what it saw last",
    ["change gets the present record where another store has changed the held one"],
    ({ store }) => {
      const seen = new Map<string, string>();
      return {
        read: async (id) => {
          const record = await store.read(id);
          seen.set(id, JSON.stringify(record));
          return record;
        },
        update: (id, change, keep) =>
          store.update(
            id,
            (record) => {
              const isLast = keep.held !== undefined && JSON.stringify(keep.held) === seen.get(id);
              const next = change(isLast ? jsonCopy(keep.held!) : record);
              seen.set(id, JSON.stringify(next));
              return next;
            },
            keep,
          ),
      };
    },
  ),
  brokenTogether(
    "each store knows its own deletes",
    ["a delete wins over an update under way in another store"],
    (right) => {
      const { store, kept, inTurn } = right;
      const deleted = new Set<string>();
      const update = inTwoSteps(right, (id, _, record) => {
        if (!deleted.has(id)) kept.set(id, { ...kept.get(id), record, until: 0 });
      });
      return {
        update: (id, change, keep) => inTurn(`update of ${id}`, () => update(id, change, keep)),
        delete: (id) => {
          deleted.add(id);
          return store.delete(id);
        },
        deleteAllOf: async (subject) => {
          for (const [id, { whose }] of kept) if (whose?.subject === subject) deleted.add(id);
          return store.deleteAllOf(subject);
        },
      };
    },
  ),
  brokenTogether(
    "each store lists its own sessions",
    ["sessions that one store began another one lists and ends"],
    (right) => {
      const { ids, create } = own(right);
      return {
        create,
        sessionsOf: async (subject) =>
          (await right.store.sessionsOf(subject)).filter(({ id }) => ids.has(id)),
      };
    },
  ),
  brokenTogether(
    "each store sees its own sessions move",
    ["deleteAllOf ends sessions that are moving to new ids in another store"],
    (right) => {
      const { store, kept } = right;
      const { ids, create } = own(right);
      return {
        create,
        deleteAllOf: async (subject) => {
          for (const { id } of await store.sessionsOf(subject)) if (!ids.has(id)) await store.delete(id);
          for (const [id, { whose }] of kept) if (ids.has(id) && whose?.subject === subject) kept.delete(id);
        },
      };
    },
  ),
];
