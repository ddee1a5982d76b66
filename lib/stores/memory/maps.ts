/** Maps that share what is to be found by name: a single one of a million stops everything for 0.2 s when it grows or shrinks. */

/** Gives the map for a name. Every name has one of its own 128th, by a number that `numberOf` makes of it. */
export function spreadMaps<T>(numberOf: (name: string) => number): (name: string) => Map<string, T> {
  const maps = Array.from({ length: 128 }, () => new Map<string, T>());
  return (name) => maps[numberOf(name) & 127] as Map<string, T>;
}

/** A number for names of any kind: those of users often begin or end alike. */
export function mixed(name: string): number {
  let sum = 0;
  for (let at = 0; at < name.length; at++) sum = (Math.imul(sum, 31) + name.charCodeAt(at)) | 0;
  return sum;
}
