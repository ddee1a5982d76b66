/** What is answered where a session could not be read or saved, and the user decides. */
import { isBody, release } from "../bodies.js";
import { around, rescue, then } from "../decorate.js";
import { wrong } from "../errors.js";
import { isReported } from "../log.js";
import type { Awaitable, Decorator, Request, Response } from "../types.js";
import type { StoreErrorHandler } from "./options.js";

/** The steps of `withSession`, and what is left of each where the store fails. */
export type Steps = {
  readonly read: (request: Request) => Awaitable<Request>;
  readonly unread: (request: Request, error: Error) => Request;
  readonly save: (response: Response, request: Request) => Awaitable<Response>;
  readonly unsaved: (response: Response) => Response;
};

type Answer = Awaitable<Response | null>;

/** The store's errors are reported where they happen; all others are none of ours. */
function storeError(error: unknown): Error {
  if (isReported(error)) return error as Error;
  throw error;
}

/** A function that runs once, however often it is called. */
function once<T>(fn: () => T): () => T {
  let again = (): T => {
    try {
      const value = fn();
      again = () => value;
    } catch (error) {
      again = () => {
        throw error;
      };
    }
    return again();
  };
  return () => again();
}

function checked(answer: Response | null): Response | null {
  if (answer !== undefined) return answer;
  const hint = "Return goOn(), a response of your own, or throw the error";
  throw wrong("withSession", 'the function "onStoreError" to give a response', answer, hint);
}

/** The steps around a handler, with the store's errors given to a function of the user's; no others are. */
export function forgiving(
  { read, unread, save, unsaved }: Steps,
  onStoreError: StoreErrorHandler,
): Decorator {
  const excused = (error: unknown, request: Request, goOn: () => Answer): Answer =>
    then(onStoreError(storeError(error), request, goOn), checked);

  /** A response that is not sent after all is let go of; but what `goOn` gave may be inside of the body that is sent. */
  const saved = (response: Response, request: Request): Answer =>
    rescue<Response, Response | null>(
      (response) => save(response, request),
      (error) => {
        let isGiven = false;
        const goOn = (): Response => {
          isGiven = true;
          return unsaved(response);
        };
        return then(excused(error, request, goOn), (answer) => {
          if (!isGiven || !isBody(answer?.body)) release(response.body);
          return answer;
        });
      },
    )(response);

  return (handler) => {
    const whole = around(undefined, saved as Steps["save"])(handler);
    const sessionless = around(undefined, save)(handler);
    const begun = rescue<Request, () => Answer>(
      (request) => then(read(request), (seen) => () => whole(seen)),
      (error, request) => () =>
        excused(
          error,
          request,
          once(() => sessionless(unread(request, storeError(error)))),
        ),
    );
    return (request) => then(begun(request), (answer) => answer());
  };
}
