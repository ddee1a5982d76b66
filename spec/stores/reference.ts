/** The smallest correct store that answers with promises: the ground for stores broken in one way. */
import { setImmediate } from "node:timers/promises";
import type { Awaitable, Keep, SessionRecord, SessionStore } from "../../lib/types.js";

export type Kept = { record: SessionRecord; until: number };

export type Reference = {
  readonly store: Required<SessionStore>;
  /** What is kept, also what is over. */
  readonly kept: Map<string, Kept>;
  /** What is kept under an id and not over. */
  readonly present: (id: string) => Kept | undefined;
  /** Does the work when all work begun earlier for that id is done. */
  readonly inTurn: <T>(id: string, work: () => Awaitable<T>) => Promise<T>;
};

export const untilOf = ({ ttl }: Keep): number =>
  ttl === undefined ? Number.POSITIVE_INFINITY : Date.now() + ttl * 1000;

export const jsonCopy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

export function reference(copy: <T>(value: T) => T = jsonCopy): Reference {
  const kept = new Map<string, Kept>();
  const turns = new Map<string, Promise<unknown>>();

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

  const store: Required<SessionStore> = {
    read: async (id) => {
      await setImmediate();
      return copy(present(id)?.record ?? null);
    },
    create: (id, record, keep) =>
      inTurn(id, () => void kept.set(id, { record: copy(record), until: untilOf(keep) })),
    update: (id, change, keep) =>
      inTurn(id, () => {
        const found = present(id);
        if (found === undefined) return false;
        found.record = copy(change(copy(found.record)));
        found.until = untilOf(keep);
        return true;
      }),
    delete: (id) => inTurn(id, () => void kept.delete(id)),
    touch: (id, keep) =>
      inTurn(id, () => {
        const found = present(id);
        if (found !== undefined) found.until = untilOf(keep);
      }),
  };
  return { store, kept, present, inTurn };
}
