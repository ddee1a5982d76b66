/** How a store is broken: one function or value replaced in one that is right. */
import { setImmediate } from "node:timers/promises";
import type { Keep, SessionRecord, SessionStore } from "../../../lib/types.js";
import { jsonCopy, type Reference, reference, untilOf } from "../reference.js";

export type Broken = {
  readonly defect: string;
  readonly makeStore: () => SessionStore;
  readonly fails: readonly string[];
};

/** A store that is right except for some of its functions. */
export const broken = (
  defect: string,
  fails: readonly string[],
  part: (right: Reference) => Partial<SessionStore>,
): Broken => ({
  defect,
  fails,
  makeStore: () => {
    const right = reference();
    return { ...right.store, ...part(right) };
  },
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
    if (found !== undefined) found.until = untilOf(keep);
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
