/** An end to waiting: 503 for what takes too long, and a signal that tells whoever still works on it. */
import { release } from "../bodies.js";
import { isPromise } from "../decorate.js";
import { httpError, wrong } from "../errors.js";
import type { Decorator, Request, Response } from "../types.js";

/** Timers of Node reach no further, in seconds. */
const furthest = (2 ** 31 - 1) / 1000;

const late = (): Error => httpError(503, "The server took too long to answer");

/**
 * A request whose signal aborts also by `controller`. `AbortSignal.any` would do it, but on Node 20 it takes thrice as
 * long and holds on to memory.
 */
export function abortableRequest(request: Request, controller: AbortController): Request {
  const { signal } = request;
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return { ...request, signal: controller.signal };
}

/** The answer if it is there in time. One that comes later has nobody to hear of it. */
function inTime(
  answer: PromiseLike<Response | null>,
  milliseconds: number,
  controller: AbortController,
): Promise<Response | null> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      const error = late();
      reject(error);
      controller.abort(error);
    }, milliseconds);
    Promise.resolve(answer)
      .finally(() => clearTimeout(timer))
      .then((response) => (isLate ? release(response?.body) : resolve(response)), reject);
  });
}

/**
 * Throws an error of status 503 where the answer is not there after so many seconds, and aborts `request.signal` as
 * the handler sees it, with that error as its reason. An answer that comes later is dropped, and its body let go of.
 * What is sent piece by piece may take as long as it likes, once the response is there; a handler that does not wait,
 * but computes for long, cannot be ended.
 *
 * `decorate(app, withTimeout(10), withErrors())`
 *
 * @throws TypeError for a time that is not positive, or longer than 2147483 seconds.
 */
export function withTimeout(seconds: number): Decorator {
  if (typeof seconds !== "number" || !(seconds > 0 && seconds <= furthest)) {
    throw wrong("withTimeout", `a positive number of seconds, at most ${Math.floor(furthest)}`, seconds);
  }
  return (handler) => (request) => {
    const controller = new AbortController();
    const answer = handler(abortableRequest(request, controller));
    return isPromise(answer) ? inTime(answer, seconds * 1000, controller) : answer;
  };
}
