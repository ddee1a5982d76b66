/** Writing while other processes do, without holding up this one where another is slow. */
import { setTimeout as wait } from "node:timers/promises";
import type { Awaitable } from "../../types.js";
import { explained, isBusy } from "./failure.js";
import type { Transaction } from "./transactions.js";

/** Writes at once, or later where another process is writing for longer than a moment. */
export type Write = <T>(work: () => T) => Awaitable<T>;

/** How long another process may be writing (less than the deadline of withSession), and the time between two tries, in milliseconds. */
const longest = 2_000;
const pause = 25;

/**
 * Those who have to wait do so in a row, and only the first of them tries, as each try holds up the whole process
 * for a moment.
 */
export function writing(transaction: Transaction): Write {
  let row: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let busy: unknown;

  const retry = async <T>(work: () => T, until: number): Promise<T> => {
    while (Date.now() < until) {
      try {
        return transaction(work);
      } catch (error) {
        if (!isBusy(error)) throw explained(error);
        busy = error;
      }
      await wait(pause);
    }
    throw explained(busy);
  };

  const queue = async <T>(work: () => T): Promise<T> => {
    const [before, until] = [row, Date.now() + longest];
    waiting += 1;
    const turn = before.then(() => retry(work, until));
    row = Promise.allSettled([turn]);
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  };

  return (work) => {
    if (waiting > 0) return queue(work);
    try {
      return transaction(work);
    } catch (error) {
      if (!isBusy(error)) throw explained(error);
      busy = error;
      return queue(work);
    }
  };
}
