/** A handler as a fetch handler: a web `Request` in, a promise of a web `Response` out. */
import { checkNames, httpError, wrong } from "../errors.js";
import { type Log, logError, logToConsole } from "../log.js";
import { answering } from "../open.js";
import type { Handler, Request } from "../types.js";
import { requestOf } from "./request.js";
import { webResponse } from "./response.js";
import type { WebRequest, WebResponse } from "./web.js";

export type FetchOptions = {
  /** Where errors are reported: a line and the error; the console by default. */
  readonly log?: Log | undefined;
};

const malformedEscape = /%(?![\da-f]{2})/i;

/** The edge refuses these before any handler sees them. */
const checked =
  (handler: Handler): Handler =>
  (request) => {
    if (malformedEscape.test(request.uri)) throw httpError(400, "The request target is malformed");
    return handler(request);
  };

const throwing =
  (error: unknown): Handler =>
  () => {
    throw error;
  };

/**
 * Makes of a handler what platforms of the web call: Deno, Bun, workers, and whatever mounts a `fetch` function.
 * What the handler leaves open is answered here as `listener` does. The request map has no `raw` and no
 * `remoteAddr`, which the web does not tell.
 *
 * Options: `log`, where errors are reported (the console).
 *
 * `export default { fetch: toFetch(app) }`
 *
 * Source: https://fetch.spec.whatwg.org/
 */
export function toFetch(
  handler: Handler,
  options: FetchOptions = {},
): (request: WebRequest) => Promise<WebResponse> {
  if (typeof handler !== "function") throw wrong("toFetch", "a handler (a function) first", handler);
  checkNames("toFetch", options, ["log"]);
  const { log = logToConsole } = options;
  if (typeof log !== "function") throw wrong("toFetch", 'a function as "log"', log);
  const answer = answering(checked(handler), log);
  return async (web) => {
    const request: Request = requestOf(web);
    const failed = (error: unknown) => logError(log, error, request);
    try {
      return await webResponse(request, await answer(request), failed);
    } catch (error) {
      return webResponse(request, await answering(throwing(error), log)(request), failed);
    }
  };
}
