/** Calls to a store: each has a deadline, and a failing store is a 503, never an empty session. */
import { isPromise } from "../decorate.js";
import { httpError } from "../errors.js";
import type { Awaitable } from "../types.js";

const unavailable = (cause: unknown): Error =>
  httpError(503, "The session is not available right now", { cause });

/** What a timer can wait for at the most, in milliseconds. */
const longest = 2 ** 31 - 1;

function raced<T>(promise: PromiseLike<T>, call: string, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`The session store did not answer ${call} within ${seconds} seconds`);
    timer = setTimeout(() => reject(error), Math.min(seconds * 1000, longest));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const fail = (error: unknown): never => {
  throw unavailable(error);
};

/**
 * What a store answers to one call, at once where it answers at once.
 *
 * @throws an error of status 503, with the store's own as its cause, where it fails or is late.
 */
export function asked<T>(call: string, seconds: number, ask: () => Awaitable<T>): Awaitable<T> {
  try {
    const answer = ask();
    return isPromise(answer) ? raced(answer as PromiseLike<T>, call, seconds).catch(fail) : answer;
  } catch (error) {
    return fail(error);
  }
}
