/** What one process cannot share with others: noted where it is made, for `serve` to refuse it under several workers. */

/** Sessions in memory, and keys of cookies that were made at random. */
export type Unshared = "memory" | "keys";

const noted = new Set<Unshared>();
const stores = new WeakSet<object>();
let refuse: ((kind: Unshared) => void) | undefined;

/** Notes that sessions of this kind are in use; throws where they were refused beforehand. */
export function noteUnshared(kind: Unshared): void {
  refuse?.(kind);
  noted.add(kind);
}

/** Has `refusal` throw for all that was noted, and from now on for all that would be. Gives what undoes this. */
export function refuseUnshared(refusal: (kind: Unshared) => void): () => void {
  for (const kind of noted) refusal(kind);
  refuse = refusal;
  return () => {
    refuse = undefined;
  };
}

/** Marks a store that keeps its records in the memory of this process. */
export function inMemory<Store extends object>(store: Store): Store {
  stores.add(store);
  return store;
}

export const isInMemory = (store: object): boolean => stores.has(store);
