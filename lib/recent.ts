/** Values that were used lately, found again by their keys. */

export type Recent<Value> = {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
};

/** A text without the longer one that it was cut from, which it would keep alive. */
export const alone = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

/**
 * Remembers the `most` values used last at least, and never more than twice as many. It forgets by generations: a
 * full one grows old, and what nobody asks for until the next one is full goes with it. So each use costs the same.
 */
export function recent<Value>(most: number): Recent<Value> {
  let young = new Map<string, Value>();
  let old = young;

  const set = (key: string, value: Value): void => {
    if (young.size >= most) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };

  return {
    set,
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
  };
}
