/** How long the replacement of a crashed worker waits. */

/** A worker that has served for so long was well, in milliseconds. */
const aWhile = 10_000;
const first = 100;
const longest = 5000;

/** How many crashes there were on end, with one more of a worker that had served for so many milliseconds. */
export const crashesWith = (crashes: number, served: number): number => (served >= aWhile ? 1 : crashes + 1);

/** Milliseconds to wait after so many crashes on end: none, 100, 200, 400 and so on up to 5000. */
export const pauseAfter = (crashes: number): number =>
  crashes <= 1 ? 0 : Math.min(first * 2 ** (crashes - 2), longest);
