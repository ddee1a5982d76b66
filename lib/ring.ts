/** Rings: whatever is linked to its neighbours on both sides, and to itself where it is alone. */

/** `newer` goes towards the one put in last, `older` towards the one put in first. */
export interface Linked<Self> {
  older: Self;
  newer: Self;
}

/** Takes one out of its ring, and leaves it alone in one of its own. */
export function takeOut<T extends Linked<T>>(one: T): void {
  one.older.newer = one.newer;
  one.newer.older = one.older;
  one.older = one;
  one.newer = one;
}

/** Whether one is in no ring of others, as those that were taken out. */
export const isAlone = <T extends Linked<T>>(one: T): boolean => one.newer === one;

/** Puts one in as the newest of a ring that begins and ends at `end`. */
export function putLast<T extends Linked<T>>(end: T, one: T): void {
  one.older = end.older;
  one.newer = end;
  end.older.newer = one;
  end.older = one;
}
