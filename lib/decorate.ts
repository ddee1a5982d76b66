/** Building handlers of handlers; the one place that knows promises and unmatched responses. */
import { heard, release } from "./bodies.js";
import { wrong } from "./errors.js";
import type { Awaitable, Decorator, Handler, Request, Response } from "./types.js";

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

/** Goes on with a value: at once where it is there, later where it is promised. */
export function then<A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> {
  return isPromise(value) ? value.then(next) : next(value as A);
}

/** Makes something of the errors of a function, thrown or promised. */
export function rescue<In, Out>(
  fn: (input: In) => Awaitable<Out>,
  failed: (error: unknown, input: In) => Awaitable<Out>,
): (input: In) => Awaitable<Out> {
  return (input) => {
    try {
      const answer = fn(input);
      return isPromise(answer) ? answer.then(undefined, (error) => failed(error, input)) : answer;
    } catch (error) {
      return failed(error, input);
    }
  };
}

/**
 * Decorates a handler: `decorate(handler, a, b)` is `b(a(handler))`, so the last decorator is the outermost, as
 * with Clojure's `->`. Nothing is changed; a new handler is returned.
 *
 * `const app = decorate(routes(…), withSession({ expires: 600 }), withErrors())`
 *
 * @throws TypeError where a decorator is not a function, or gives none.
 */
export function decorate(handler: Handler, ...decorators: readonly Decorator[]): Handler {
  if (typeof handler !== "function") throw wrong("decorate", "a handler (a function) first", handler);
  return decorators.reduce((inner, decorator) => {
    if (typeof decorator !== "function") {
      throw wrong("decorate", "decorators (functions from handler to handler)", decorator);
    }
    const outer = decorator(inner);
    if (typeof outer !== "function") {
      const hint = "A decorator such as withSession is called first: decorate(handler, withSession())";
      throw wrong("decorate", "each decorator to give a handler", outer, hint);
    }
    return outer;
  }, handler);
}

/** A step on the request, before the handler. */
export type Before = (request: Request) => Awaitable<Request>;
/** A step on the response, after the handler; it gets the request as the step before it left it. */
export type After = (response: Response, request: Request) => Awaitable<Response>;

function checkStep(place: string, step: unknown): void {
  if (step !== undefined && step !== null && typeof step !== "function") {
    throw wrong("around", `a function ${place}`, step);
  }
}

/*
 * Promises are told apart in place, for each handler by itself: through `then`, which serves all of them, V8 could
 * not inline what follows.
 */

function preceded(before: Before, handler: Handler): Handler {
  return (request) => {
    const seen = before(request);
    return isPromise(seen) ? seen.then((seen) => handler(seen as Request)) : handler(seen);
  };
}

function followed(handler: Handler, after: After): Handler {
  return (request) => {
    const response = handler(request);
    if (isPromise(response))
      return response.then((response) => finished(after, response as Response | null, request));
    return finished(after, response, request);
  };
}

/** The step after; the body of a response that it fails for is let go of, and of one that waits for it is heard. */
function finished(after: After, response: Response | null, request: Request): Awaitable<Response | null> {
  if (!response) return null;
  const { body } = response;
  if (typeof body !== "object" || body === null) return after(response, request);
  const failed = (error: unknown): never => {
    release(body);
    throw error;
  };
  heard(body);
  return rescue((response: Response) => after(response, request), failed)(response);
}

/**
 * Makes a decorator of a step on the request and a step on the response. Either may be async or left out
 * (`undefined` or null); the second is not called where the handler answered null.
 *
 * `const withServer = around(undefined, (response) => ({ ...response, headers: { ...response.headers, server: "composure" } }))`
 *
 * Source: WAI's `modifyRequest` and `modifyResponse`, Network/Wai.hs.
 */
export function around(before?: Before | null, after?: After | null): Decorator {
  checkStep("first", before);
  checkStep("second", after);
  return (handler) => {
    const answer = after ? followed(handler, after) : handler;
    return before ? preceded(before, answer) : answer;
  };
}
