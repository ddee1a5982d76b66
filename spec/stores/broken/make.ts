/** How a store is broken: one function or value replaced in one that is right. */
import { setImmediate } from "node:timers/promises";
import type { ContractOptions } from "../../../lib/testing/contract.js";
import type { Keep, SessionEntry, SessionRecord, SessionStore, SubjectStore } from "../../../lib/types.js";
import { age, jsonCopy, makeDatabase, type Reference, reference, untilOf, whoseOf } from "../reference.js";

export type Broken = {
  readonly defect: string;
  readonly makeStore: () => SessionStore;
  readonly options: ContractOptions;
  readonly fails: readonly string[];
};

type Part = (right: Reference) => Partial<SubjectStore>;

const make =
  (shared: boolean, copy = jsonCopy) =>
  (defect: string, fails: readonly string[], part: Part): Broken => {
    const database = makeDatabase();
    const makeStore = (): SessionStore => {
      const right = reference(copy, database);
      return { ...right.store, ...part(right) };
    };
    return { defect, makeStore, options: { shared, later: (seconds) => age(database, seconds) }, fails };
  };

/** A store that is right except for some of its functions. */
export const broken = make(false);

/** Several of them, with the same records. */
export const brokenTogether = make(true);

/** A store that is right except for what it makes of values on their way in and out. */
export const lossy = (defect: string, sample: string, copy: <T>(value: T) => T): Broken =>
  make(false, copy)(defect, [`a record comes back as JSON has it: ${sample}`], () => ({}));

/** A store that is right except for what it makes of a list of sessions. */
export const listing = (
  defect: string,
  fails: readonly string[],
  map: (entries: readonly SessionEntry[], right: Reference) => readonly SessionEntry[],
): Broken =>
  broken(defect, fails, (right) => ({
    sessionsOf: async (subject) => map(await right.store.sessionsOf(subject), right),
  }));

/** Every `keep` is another one; that of an update as it is when the change has run. */
export const withKeep = ({ store }: Reference, map: (keep: Keep) => Keep): Partial<SubjectStore> => ({
  create: (id, record, keep) => store.create(id, record, map(keep)),
  update(id, change, keep) {
    const mapped = { ...map(keep) };
    const changed = (record: SessionRecord): SessionRecord => {
      const next = change(record);
      Object.assign(mapped, map(keep));
      return next;
    };
    return store.update(id, changed, mapped);
  },
  touch: (id, keep) => store.touch(id, map(keep)),
});

/** Every subject is another one. */
export const withSubjects = (right: Reference, map: (subject: string) => string): Partial<SubjectStore> => ({
  ...withKeep(right, ({ subject, ...keep }) =>
    subject === undefined ? keep : { ...keep, subject: map(subject) },
  ),
  sessionsOf: (subject) => right.store.sessionsOf(map(subject)),
  deleteAllOf: (subject) => right.store.deleteAllOf(map(subject)),
});

/** An update that reads and writes in two steps, between which anything may happen. */
export const inTwoSteps =
  ({ store, kept }: Reference, write: (id: string, before: SessionRecord, after: SessionRecord) => void) =>
  async (id: string, change: (record: SessionRecord) => SessionRecord, keep: Keep): Promise<boolean> => {
    const before = await store.read(id);
    if (before === null) return false;
    const after = jsonCopy(change(before));
    await setImmediate();
    write(id, before, after);
    const found = kept.get(id);
    if (found !== undefined) {
      found.until = untilOf(keep);
      found.whose = whoseOf(keep, found.whose);
    }
    return found !== undefined;
  };

/** Deleting only moves a record aside, where `raise` finds it again. */
export function graveyard({ kept, inTurn }: Reference) {
  const graves: Reference["kept"] = new Map();
  return {
    bury: (id: string) =>
      inTurn(id, () => {
        const found = kept.get(id);
        if (found !== undefined) graves.set(id, found);
        kept.delete(id);
      }),
    raise: (id: string): void => {
      const found = graves.get(id);
      if (found !== undefined) kept.set(id, found);
    },
  };
}
