/** Stores that update records wrongly. */
import type { SessionRecord } from "../../../lib/types.js";
import { reference, untilOf } from "../reference.js";
import { type Broken, broken, graveyard, inTwoSteps } from "./make.js";

/** What a change did to `before`, done to `record`: the keys that differ are replaced. */
function withChanges(record: SessionRecord, before: SessionRecord, after: SessionRecord): SessionRecord {
  const differ = ([key, value]: [string, unknown]): boolean => before[key] !== value;
  const others = Object.entries(record).filter(([key]) => !(key in before) || key in after);
  return Object.fromEntries([...others, ...Object.entries(after).filter(differ)]);
}

export const updates: readonly Broken[] = [
  broken(
    "update writes nothing",
    ["an update replaces the record by what change makes of it"],
    ({ store }) => ({
      update: (id, change, keep) => store.update(id, (record) => change(record) && record, keep),
    }),
  ),
  broken("update merges", ["an update replaces the record by what change makes of it"], ({ store }) => ({
    update: (id, change, keep) => store.update(id, (record) => ({ ...record, ...change(record) }), keep),
  })),
  broken("update answers false", ["an update that was made answers true"], ({ store }) => ({
    update: async (id, change, keep) => {
      await store.update(id, change, keep);
      return false;
    },
  })),
  broken(
    "update creates",
    ["an update of an unknown id is false and writes nothing"],
    ({ store, kept, inTurn }) => ({
      update: async (id, change, keep) => {
        await inTurn(id, () => kept.has(id) || kept.set(id, { record: {}, until: untilOf(keep) }));
        return store.update(id, change, keep);
      },
    }),
  ),
  broken(
    "update answers true for good",
    ["an update of an unknown id is false and writes nothing"],
    ({ store }) => ({
      update: async (id, change, keep) => (await store.update(id, change, keep)) || true,
    }),
  ),
  broken("update writes to all records", ["an update leaves other records alone"], ({ store, kept }) => ({
    update: async (id, change, keep) => {
      const made = await store.update(id, change, keep);
      const record = kept.get(id)?.record;
      if (record !== undefined) for (const other of kept.values()) other.record = record;
      return made;
    },
  })),
  broken(
    "update finds what was deleted",
    ["an update after a delete is false and does not bring the record back"],
    (right) => {
      const { bury, raise } = graveyard(right);
      return {
        delete: bury,
        update: async (id, change, keep) => {
          await right.inTurn(id, () => raise(id));
          return right.store.update(id, change, keep);
        },
      };
    },
  ),
  broken(
    "update takes what is held",
    ["a held record does not bring a deleted one back"],
    ({ store, kept, inTurn }) => ({
      update: async (id, change, keep) => {
        const { held } = keep;
        await inTurn(id, () => held && !kept.has(id) && kept.set(id, { record: held, until: untilOf(keep) }));
        return store.update(id, change, keep);
      },
    }),
  ),
  broken("update writes without looking again", ["a delete wins over an update under way"], (right) => {
    const { inTurn } = reference();
    const update = inTwoSteps(right, (id, _, record) =>
      right.kept.set(id, { ...right.kept.get(id), record, until: 0 }),
    );
    return { update: (id, change, keep) => inTurn(id, () => update(id, change, keep)) };
  }),
  broken(
    "update is not atomic",
    ["of a hundred updates at once none is lost", "updates of different keys at once are all kept"],
    (right) => ({
      update: inTwoSteps(right, (id, _, record) => {
        const found = right.kept.get(id);
        if (found !== undefined) found.record = record;
      }),
    }),
  ),
  broken("update writes what differs", ["of a hundred updates at once none is lost"], (right) => ({
    update: inTwoSteps(right, (id, before, after) => {
      const found = right.kept.get(id);
      if (found !== undefined) found.record = withChanges(found.record, before, after);
    }),
  })),
  broken(
    "update is naive",
    [
      "a delete wins over an update under way",
      "of a hundred updates at once none is lost",
      "updates of different keys at once are all kept",
    ],
    (right) => ({
      update: inTwoSteps(right, (id, _, record) =>
        right.kept.set(id, { ...right.kept.get(id), record, until: 0 }),
      ),
    }),
  ),
  broken(
    "update trusts what is held",
    ["change gets the present record where the held one is old"],
    ({ store }) => ({
      update: (id, change, keep) => store.update(id, (record) => change(keep.held ?? record), keep),
    }),
  ),
  broken(
    "update gives up where what is held is old",
    ["change gets the present record where the held one is old"],
    ({ store, kept }) => ({
      update: async (id, change, keep) => {
        const { held } = keep;
        const isOld = held !== undefined && JSON.stringify(held) !== JSON.stringify(kept.get(id)?.record);
        return isOld ? false : store.update(id, change, keep);
      },
    }),
  ),
  broken(
    "update applies a change twice",
    ["a change is applied once, however often it runs"],
    ({ store }) => ({
      update: (id, change, keep) => store.update(id, (record) => change(change(record)), keep),
    }),
  ),
  broken(
    "update swallows errors",
    ["an error thrown by change comes out and nothing is written"],
    ({ store }) => ({
      update: async (id, change, keep) => {
        try {
          return await store.update(id, change, keep);
        } catch {
          return false;
        }
      },
    }),
  ),
  broken(
    "update empties the record on an error",
    ["an error thrown by change comes out and nothing is written"],
    ({ store, present }) => ({
      update: async (id, change, keep) => {
        try {
          return await store.update(id, change, keep);
        } catch (error) {
          const found = present(id);
          if (found !== undefined) found.record = {};
          throw error;
        }
      },
    }),
  ),
  broken(
    "update leaves its lock behind on an error",
    ["an error thrown by change does not hinder the next update"],
    ({ store }) => {
      const locked = new Set<string>();
      return {
        update: async (id, change, keep) => {
          if (locked.has(id)) return new Promise(() => {});
          try {
            return await store.update(id, change, keep);
          } catch (error) {
            locked.add(id);
            throw error;
          }
        },
      };
    },
  ),
];
