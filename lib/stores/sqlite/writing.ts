/** Writing while other processes do, without holding up this one where another is slow. */
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import type { Awaitable } from "../../types.js";
import { explained, isBusy } from "./failure.js";
import type { Transaction } from "./transactions.js";

/** Writes at once, or later where another process is writing for longer than a moment. Work may run more than once. */
export type Write = <T>(work: () => T) => Awaitable<T>;

/** How long another process may be writing (less than the deadline of withSession), and the time between two tries, in milliseconds. */
const longest = 2_000;
const pause = 25;
/** How many go together at the most: a millisecond or some. */
const most = 100;

type Waiting = {
  readonly work: () => unknown;
  readonly until: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Those who have to wait do so in a row. One try is made for the whole row, as each holds up the process for a moment; and
 * where it succeeds many of them are written at once, so that a process that has waited long has less to wait for.
 */
export function writing(transaction: Transaction): Write {
  let row: Waiting[] = [];
  let isServed = false;
  let busy: unknown;

  /** Writes the first of the row, as one; false where somebody else is writing. */
  const attempt = (count: number): boolean => {
    const first = row.slice(0, count);
    try {
      const values = transaction(() => first.map(({ work }) => work()));
      row = row.slice(first.length);
      for (const [index, { resolve }] of first.entries()) resolve(values[index]);
      return true;
    } catch (error) {
      if (isBusy(error)) {
        busy = error;
        return false;
      }
      if (first.length === 1) {
        row = row.slice(1);
        first[0]?.reject(explained(error));
        return true;
      }
      // Nothing of them was written: each by itself tells whose the error is.
      return first.every(() => attempt(1));
    }
  };

  const refuseLate = (): void => {
    const now = performance.now();
    const late = row.filter(({ until }) => until <= now);
    row = row.filter(({ until }) => until > now);
    for (const { reject } of late) reject(explained(busy));
  };

  const serve = async (): Promise<void> => {
    isServed = true;
    while (row.length > 0) {
      // At different times in different processes, and with room for others between two goes.
      await (attempt(most) ? setImmediate() : wait(pause * Math.random()));
      refuseLate();
    }
    isServed = false;
  };

  const queue = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      row.push({ work, until: performance.now() + longest, resolve: resolve as Waiting["resolve"], reject });
      if (!isServed) serve();
    });

  return (work) => {
    if (row.length > 0) return queue(work);
    try {
      return transaction(work);
    } catch (error) {
      if (!isBusy(error)) throw explained(error);
      busy = error;
      return queue(work);
    }
  };
}
