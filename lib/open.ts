/** What handlers leave open: null and errors, made into responses of plain text. */
import { rescue, then } from "./decorate.js";
import { failureOf } from "./failure.js";
import { type Log, logError } from "./log.js";
import { type Awaitable, type Handler, noted, type Request, type Response } from "./types.js";

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

/**
 * The response of an error: where its `expose` is true its `status` (400 to 599), its message and its `headers`; else
 * a bare 500.
 */
export function errorResponse(error: unknown): Response {
  const { status, text, isMeant, headers } = failureOf(error);
  return isMeant ? plain(status, text, headers) : plain(500, "Internal Server Error");
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
