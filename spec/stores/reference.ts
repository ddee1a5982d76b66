/** The smallest correct store that answers with promises and has an index: the ground for stores broken in one way. */
import { setImmediate } from "node:timers/promises";
import type { Awaitable, Keep, SessionEntry, SessionRecord, SubjectStore } from "../../lib/types.js";

/** Whose a record is. */
export type Whose = Omit<SessionEntry, "id"> & { readonly subject: string };
export type Kept = { record: SessionRecord; until: number; whose?: Whose | undefined };

export type Database = {
  /** What is kept, also what is over. */
  readonly kept: Map<string, Kept>;
  /** The last work begun for each id. */
  readonly turns: Map<string, Promise<unknown>>;
};

export type Reference = Pick<Database, "kept"> & {
  readonly store: Required<SubjectStore>;
  /** What is kept under an id and not over. */
  readonly present: (id: string) => Kept | undefined;
  /** Does the work when all work begun earlier for that id is done. */
  readonly inTurn: <T>(id: string, work: () => Awaitable<T>) => Promise<T>;
};

export const makeDatabase = (): Database => ({ kept: new Map(), turns: new Map() });

/** Lets time go by for all that a database keeps. */
export function age({ kept }: Database, seconds: number): void {
  for (const one of kept.values()) one.until -= seconds * 1000;
}

export const untilOf = ({ ttl }: Keep): number =>
  ttl === undefined ? Number.POSITIVE_INFINITY : Date.now() + ttl * 1000;

/** Whose a record is from now on, that was somebody's before or is new. */
export function whoseOf({ subject, label }: Keep, before?: Whose): Whose | undefined {
  const seen = Date.now();
  return subject === undefined ? undefined : { subject, label, seen, created: before?.created ?? seen };
}

export const jsonCopy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

export function reference(copy: <T>(value: T) => T = jsonCopy, database = makeDatabase()): Reference {
  const { kept, turns } = database;

  const inTurn = <T>(id: string, work: () => Awaitable<T>): Promise<T> => {
    const turn = Promise.allSettled([turns.get(id)])
      .then(() => setImmediate())
      .then(work);
    turns.set(id, turn);
    return turn;
  };

  const present = (id: string): Kept | undefined => {
    const found = kept.get(id);
    return found !== undefined && found.until > Date.now() ? found : undefined;
  };

  const renew = (found: Kept, keep: Keep): void => {
    found.until = untilOf(keep);
    found.whose = whoseOf(keep, found.whose);
  };

  const store: Required<SubjectStore> = {
    read: async (id) => {
      await setImmediate();
      return copy(present(id)?.record ?? null);
    },
    create: (id, record, keep) =>
      inTurn(
        id,
        () => void kept.set(id, { record: copy(record), until: untilOf(keep), whose: whoseOf(keep) }),
      ),
    update: (id, change, keep) =>
      inTurn(id, () => {
        const found = present(id);
        if (found === undefined) return false;
        found.record = copy(change(copy(found.record)));
        renew(found, keep);
        return true;
      }),
    delete: (id) => inTurn(id, () => void kept.delete(id)),
    touch: (id, keep) =>
      inTurn(id, () => {
        const found = present(id);
        if (found !== undefined) renew(found, keep);
      }),
    sessionsOf: async (subject) => {
      await setImmediate();
      return [...kept]
        .filter(([id, { whose }]) => whose?.subject === subject && present(id) !== undefined)
        .map(([id, { whose }]) => ({ id, created: whose!.created, seen: whose!.seen, label: whose!.label }))
        .sort((a, b) => b.seen - a.seen);
    },
    deleteAllOf: async (subject) => {
      await setImmediate();
      for (const [id, { whose }] of kept) if (whose?.subject === subject) kept.delete(id);
    },
  };
  return { store, kept, present, inTurn };
}
