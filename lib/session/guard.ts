/** The way to a store: each call has a deadline, a failure is a 503, and nobody waits for a store that is down. */
import { isPromise } from "../decorate.js";
import { httpError } from "../errors.js";
import { failureOf } from "../failure.js";
import { noteReported } from "../log.js";
import type { Awaitable } from "../types.js";
import { deadlines } from "./deadlines.js";
import type { Reports } from "./reports.js";

/** Asks for something by name; `giveUp` is called when its time is over, whatever comes of it later. */
export type Ask = <T>(name: string, fn: () => Awaitable<T>, giveUp?: () => void) => Awaitable<T>;

export type Guard = {
  /**
   * What a call answers, at once where it answers at once.
   *
   * @throws an error of status 503, with the call's own as its cause, where it fails, is late, or is not let through.
   */
  readonly ask: Ask;
  /** The same, but let through in any case: for what must not be left half done. */
  readonly insist: Ask;
};

export type GuardOptions = {
  /** Seconds that a call may take. */
  readonly deadline: number;
  readonly reports: Reports;
  /** Milliseconds from one trial to the next, while the store is down; 250. */
  readonly pause?: number | undefined;
};

/** From how many milliseconds on a failure has kept somebody waiting. */
const slow = 250;

/** Reported already: the edge would tell of each request, and a bad hour would fill a disk. */
const unavailable = (cause: unknown): Error =>
  noteReported(
    httpError(503, "The session is not available right now", { cause, headers: { "retry-after": "1" } }),
  );

/**
 * A guard of the calls to one store. The store is down when a call was not answered in time, or failed after a while as
 * clients with a time limit of their own do, and no other one was answered since that was made: one slow record is no
 * fault of all. While it is down calls fail at once, but for one trial in each pause; any success, also one that is
 * late, ends that. Failures that come quickly keep nobody waiting, so they let the next call through.
 */
export function guard({ deadline, reports, pause = 250 }: GuardOptions): Guard {
  const failing = new Set<string>();
  const times = deadlines(deadline * 1000);
  let answers = 0;
  let tried = Number.NEGATIVE_INFINITY;
  /** What the store went down of. */
  let down: { readonly name: string; readonly cause: unknown } | undefined;

  const failure = (name: string, cause: unknown): Error => {
    failing.add(name);
    reports.failed(`${name} failed: ${failureOf(cause).text}`, cause);
    return unavailable(cause);
  };

  const answered = (name: string): void => {
    answers += 1;
    if (failing.size === 0) return;
    if (down === undefined) failing.delete(name);
    else failing.clear();
    down = undefined;
    if (failing.size === 0) reports.recovered(`${name} answers again`);
  };

  const inTime = <T>(name: string, answer: PromiseLike<T>, giveUp?: () => void): Promise<T> =>
    new Promise((resolve, reject) => {
      const [before, since] = [answers, performance.now()];
      let isLate = false;
      const fail = (cause: unknown, waited: boolean): void => {
        if (waited && answers === before) down = { name, cause };
        reject(failure(name, cause));
      };
      const late = (): void => {
        isLate = true;
        giveUp?.();
        fail(new Error(`${name} did not answer within ${deadline} seconds`), true);
      };
      const time = times.set(late);
      const succeeded = (value: T): void => {
        times.clear(time);
        answered(name);
        resolve(value);
      };
      const failed = (cause: unknown): void => {
        times.clear(time);
        if (!isLate) fail(cause, performance.now() - since >= slow);
      };
      Promise.resolve(answer).then(succeeded, failed);
    });

  function insist<T>(name: string, fn: () => Awaitable<T>, giveUp?: () => void): Awaitable<T> {
    let answer: Awaitable<T>;
    try {
      answer = fn();
    } catch (error) {
      throw failure(name, error);
    }
    if (isPromise(answer)) return inTime(name, answer as PromiseLike<T>, giveUp);
    answered(name);
    return answer;
  }

  /** Not by the clock of the day, which may be set back. */
  const mayTry = (): boolean => {
    const now = performance.now();
    if (now - tried < pause) return false;
    tried = now;
    return true;
  };

  const ask: Ask = (name, fn, giveUp) => {
    if (down !== undefined && !mayTry()) throw failure(down.name, down.cause);
    return insist(name, fn, giveUp);
  };

  return { ask, insist };
}
