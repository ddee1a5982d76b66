/** Calls to a store that are undone where they fail, as they may have been carried out all the same. */
import { isPromise, rescue } from "../decorate.js";
import type { Awaitable } from "../types.js";
import type { Ask } from "./guard.js";

/** A call by its name; `fn` is told whether its time is over, and `undo` takes back what it may have done. */
export type Undoable = <T>(
  name: string,
  fn: (isGivenUp: () => boolean) => Awaitable<T>,
  undo: () => Awaitable<unknown>,
) => Awaitable<T>;

/** Does what may fail as well; the guard has reported it. */
export const ignored = (fn: () => Awaitable<unknown>): Awaitable<unknown> =>
  rescue(fn, () => undefined)(undefined);

/**
 * Makes calls that are undone where they fail; and once more where they are answered after their time, as they may have
 * been carried out since.
 */
export const undoing =
  (ask: Ask): Undoable =>
  (name, fn, undo) => {
    let [isSent, isGivenUp] = [false, false];
    let sent: Promise<unknown> | undefined;
    const send = () => {
      isSent = true;
      const answer = fn(() => isGivenUp);
      if (!isPromise(answer)) return answer;
      // One promise for all who wait: some builders of queries send theirs anew for each.
      const promise = Promise.resolve(answer);
      sent = promise;
      return promise;
    };
    const undone = () => ignored(undo);
    const giveUp = (): void => {
      isGivenUp = true;
      sent?.then(undone, undone);
    };
    const failed = (error: unknown): never => {
      if (isSent) ignored(undo);
      throw error;
    };
    return rescue(() => ask(name, send, giveUp), failed)(undefined);
  };
