/** Stores that keep time wrongly. */
import { type Kept, untilOf } from "../reference.js";
import { type Broken, broken, graveyard, inTwoSteps, withKeep } from "./make.js";

const revive = (found: Kept | undefined): void => {
  if (found !== undefined) found.until = Number.POSITIVE_INFINITY;
};

const year = 365 * 24 * 3_600;

export const times: readonly Broken[] = [
  broken("time never ends", ["a record is gone when its ttl is over"], (right) =>
    withKeep(right, ({ ttl: _, ...keep }) => keep),
  ),
  broken("ttl counts milliseconds", ["a record is there until its ttl is over, be it years"], (right) =>
    withKeep(right, ({ ttl, ...keep }) => (ttl === undefined ? keep : { ...keep, ttl: ttl / 1000 })),
  ),
  broken(
    "ttl is more than timers can count",
    ["a record is there until its ttl is over, be it years"],
    (right) =>
      withKeep(right, ({ ttl, ...keep }) =>
        ttl === undefined ? keep : { ...keep, ttl: ttl * 1000 >= 2 ** 31 ? 0.001 : ttl },
      ),
  ),
  broken("ttl has a default", ["a record without ttl stays"], (right) =>
    withKeep(right, (keep) => ({ ttl: 1, ...keep })),
  ),
  broken("update leaves the time as it is", ["an update sets the time anew"], ({ store, kept }) => ({
    update: async (id, change, keep) => {
      const until = kept.get(id)?.until;
      const made = await store.update(id, change, keep);
      if (made && until !== undefined) kept.get(id)!.until = until;
      return made;
    },
  })),
  broken(
    "update finds what is over",
    ["an update after the ttl is false and does not bring the record back"],
    ({ store, kept, inTurn }) => ({
      update: async (id, change, keep) => {
        await inTurn(id, () => revive(kept.get(id)));
        return store.update(id, change, keep);
      },
    }),
  ),
  broken("touch does nothing", ["a touch sets the time anew"], () => ({ touch: async () => {} })),
  broken("touch only lengthens", ["a touch sets the time anew"], ({ store, kept }) => ({
    touch: async (id, keep) => {
      if (untilOf(keep) > (kept.get(id)?.until ?? 0)) await store.touch(id, keep);
    },
  })),
  broken("touch writes what is held", ["a touch leaves the record as it is"], ({ store }) => ({
    touch: async (id, keep) => void (await store.update(id, (record) => keep.held ?? record, keep)),
  })),
  broken("touch is not atomic", ["a touch undoes no update that runs at the same time"], (right) => {
    const touch = inTwoSteps(right, (id, _, record) => {
      const found = right.kept.get(id);
      if (found !== undefined) found.record = record;
    });
    return { touch: async (id, keep) => void (await touch(id, (record) => record, keep)) };
  }),
  broken("touch finds what was deleted", ["a touch does not bring a deleted record back"], (right) => {
    const { bury, raise } = graveyard(right);
    return {
      delete: bury,
      touch: async (id, keep) => {
        await right.inTurn(id, () => raise(id));
        return right.store.touch(id, keep);
      },
    };
  }),
  broken("touch writes without looking again", ["a delete wins over a touch under way"], (right) => {
    const touch = inTwoSteps(right, (id, before) => {
      if (!right.kept.has(id)) right.kept.set(id, { record: before, until: 0 });
    });
    return { touch: async (id, keep) => void (await touch(id, (record) => record, keep)) };
  }),
  broken(
    "touch finds what is over",
    ["a touch does not bring a record back whose ttl is over"],
    ({ store, kept, inTurn }) => ({
      touch: async (id, keep) => {
        await inTurn(id, () => revive(kept.get(id)));
        return store.touch(id, keep);
      },
    }),
  ),
  broken(
    "ttl is a year at most",
    ["an hour ends when it is over and no minute before, and so do ten years"],
    (right) =>
      withKeep(right, ({ ttl, ...keep }) =>
        ttl === undefined ? keep : { ...keep, ttl: Math.min(ttl, year) },
      ),
  ),
  broken(
    "a time longer than a year has no end",
    ["an hour ends when it is over and no minute before, and so do ten years"],
    (right) => withKeep(right, ({ ttl = year, ...keep }) => (ttl >= year ? keep : { ...keep, ttl })),
  ),
  broken("nothing is kept for more than ten years", ["a record without ttl outlasts ten years"], (right) =>
    withKeep(right, (keep) => ({ ttl: 10 * year, ...keep })),
  ),
  broken("ttl counts whole seconds", ["a part of a second counts: 1.9 seconds are more than 1.2"], (right) =>
    withKeep(right, ({ ttl, ...keep }) => (ttl === undefined ? keep : { ...keep, ttl: Math.floor(ttl) })),
  ),
  broken(
    "touch counts whole seconds",
    ["a part of a second counts: 1.9 seconds are more than 1.2"],
    ({ store }) => ({
      touch: (id, { ttl, ...keep }) =>
        store.touch(id, ttl === undefined ? keep : { ...keep, ttl: Math.floor(ttl) }),
    }),
  ),
];
