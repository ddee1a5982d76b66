/** What handlers leave open: null and errors, made into responses. */
import { isPromise, rescue, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import {
  type Awaitable,
  type Decorator,
  type Handler,
  noted,
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
  const { allow, declined } = request[noted] ?? { allow: [], declined: false };
  if (allow.length === 0) return notFound();
  const headers = { allow: allowed(allow) };
  if (request.method === "OPTIONS") return { status: 204, headers, body: null };
  return declined ? notFound() : plain(405, "Method Not Allowed", headers);
}

/** What may be found on something thrown. */
type Thrown = {
  readonly status?: unknown;
  readonly expose?: unknown;
  readonly message?: unknown;
  readonly headers?: object;
  readonly name?: unknown;
  readonly code?: unknown;
};

/** What there is to know of an error. */
type Failure = Pick<Thrown, "name" | "code"> & {
  readonly status: number;
  readonly text: string;
  /** Whether its text and headers are meant for the client. */
  readonly isMeant: boolean;
  readonly headers: object;
};

const isErrorStatus = (status: unknown): status is number =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;

/** Only an error that is meant for the client says its status: one of an HTTP client has a `status` too. */
function read(error: unknown): Failure {
  const thrown: Thrown = typeof error === "object" && error !== null ? error : {};
  const { status, expose, message, headers, name, code } = thrown;
  const isMeant = expose === true && isErrorStatus(status);
  const text = String(isMeant || error instanceof Error ? message : error);
  return {
    status: isMeant ? status : 500,
    text,
    isMeant,
    headers: isMeant ? { ...headers } : {},
    name,
    code,
  };
}

const unreadable: Failure = {
  status: 500,
  text: "[an error that cannot be shown]",
  isMeant: false,
  headers: {},
};

/** Anything may be thrown, also what throws when it is looked at; so this is the one place that looks. */
export function failureOf(error: unknown): Failure {
  try {
    return read(error);
  } catch {
    return unreadable;
  }
}

/**
 * The response of an error: where its `expose` is true its `status` (400 to 599), its message and its `headers`; else
 * a bare 500.
 */
export function errorResponse(error: unknown): Response {
  const { status, text, isMeant, headers } = failureOf(error);
  return isMeant ? plain(status, text, headers) : plain(500, "Internal Server Error");
}

/** In plain text, since a strange error may be what the log failed of. */
const logFailed = (line: string, fault: unknown): void =>
  console.error("%s (the log failed: %s)", line, failureOf(fault).text);

/** Reports an error; a log that fails is told of on the console and disturbs nothing else. */
export function report(log: Log, line: string, error: unknown): void {
  try {
    const logged: unknown = log(line, error);
    if (isPromise(logged)) logged.then(undefined, (fault) => logFailed(line, fault));
  } catch (fault) {
    logFailed(line, fault);
  }
}

/** Whether it only says that the client is gone, which is no failure of ours. */
function isLeaving(error: unknown, { name, code }: Failure, signal: AbortSignal | undefined): boolean {
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
  const failure = failureOf(error);
  if (failure.status < 500 || isLeaving(error, failure, request.signal)) return;
  report(log, `${request.method} ${request.uri}: ${failure.text}`, error);
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

/** A request in which routes can note what they know. */
export const boxed = (request: Request): Request =>
  request[noted] === undefined ? { ...request, [noted]: { allow: [], declined: false } } : request;

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
