/** What handlers leave open: null and errors, made into responses. */
import { rescue, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import {
  type Awaitable,
  type Decorator,
  type Handler,
  missed,
  type Request,
  type Response,
} from "../types.js";

/** Where errors are reported: one line that says what failed, and the error with its stack and cause. */
export type Log = (line: string, error: unknown) => void;

/** The line goes in as an argument, since console.error takes the `%` of an escaped path for its own. */
export const logToConsole: Log = (line, error) => console.error("%s", line, error);

const plain = (status: number, body: string, headers = {}): Response => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  body,
});

const notFound = (): Response => plain(404, "Not Found");

/** The methods in the order in which they are written; GET answers HEAD too, and OPTIONS is always answered. */
function allowed(methods: readonly string[]): string {
  const all = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...new Set([...all.filter((method) => method !== "OPTIONS"), "OPTIONS"])].join(", ");
}

/**
 * What null becomes: 404; 405 where the path matches under other methods only (RFC 9110 section 15.5.6), 204 for
 * OPTIONS there (section 9.3.7), both with `allow`.
 */
export function openResponse(request: Request): Response {
  const { allow, declined } = request[missed] ?? { allow: [], declined: false };
  if (allow.length === 0) return notFound();
  const headers = { allow: allowed(allow) };
  if (request.method === "OPTIONS") return { status: 204, headers, body: null };
  return declined ? notFound() : plain(405, "Method Not Allowed", headers);
}

type Failure = {
  readonly status?: unknown;
  readonly expose?: unknown;
  readonly message?: unknown;
  readonly headers?: object;
  readonly name?: unknown;
  readonly code?: unknown;
};

const failure = (error: unknown): Failure => (typeof error === "object" && error !== null ? error : {});

/** Only an error that is meant for the client says its status: one of an HTTP client has a `status` too. */
function statusOf(error: unknown): number {
  const { status, expose } = failure(error);
  const isMeant =
    expose === true && Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
  return isMeant ? (status as number) : 500;
}

/**
 * The response of an error: where its `expose` is true its `status` (400 to 599), its message and its `headers`; else
 * a bare 500.
 */
export function errorResponse(error: unknown): Response {
  const { status, message, headers } = failure(error);
  const shown = statusOf(error);
  return shown === status ? plain(shown, String(message), headers) : plain(500, "Internal Server Error");
}

/** Whether it only says that the client is gone, which is no failure of ours. */
function isLeaving(error: unknown, { signal }: Pick<Request, "signal">): boolean {
  const { name, code } = failure(error);
  return (
    signal?.aborted === true && (error === signal.reason || name === "AbortError" || code === "ECONNRESET")
  );
}

/** Reports an error that becomes a response of status 500 or more; the client's own mistakes are not reported. */
export function logError(
  log: Log,
  error: unknown,
  request: Pick<Request, "method" | "uri" | "signal">,
): void {
  if (statusOf(error) < 500 || isLeaving(error, request)) return;
  const message = error instanceof Error ? error.message : String(error);
  log(`${request.method} ${request.uri}: ${message}`, error);
}

/** A handler that always answers: null as `openResponse` does, errors as `errorResponse` does, after reporting them. */
export function answering(handler: Handler, log: Log): (request: Request) => Awaitable<Response> {
  return rescue(
    (request) => then(handler(request), (response) => response ?? openResponse(request)),
    (error, request) => {
      logError(log, error, request);
      return errorResponse(error);
    },
  );
}

const boxed = (request: Request): Request =>
  request[missed] === undefined ? { ...request, [missed]: { allow: [], declined: false } } : request;

export type ErrorsOptions = {
  /** Where errors of status 500 and more are reported; the console by default. */
  readonly log?: Log | undefined;
};

/**
 * Answers what is left open inside it, null and errors, as the edge does last of all; so the decorators around it
 * see every response.
 *
 * `decorate(app, withErrors(), withLogger())`
 */
export function withErrors(options: ErrorsOptions = {}): Decorator {
  checkNames("withErrors", options, ["log"]);
  const { log = logToConsole } = options;
  if (typeof log !== "function") throw wrong("withErrors", 'a function as "log"', log);
  return (handler) => {
    const answer = answering(handler, log);
    return (request) => answer(boxed(request));
  };
}
