/** What becomes of a request: what its line in the log will say. */
import { counted } from "../counted.js";
import { type Closing, type Ended, isClosing, wasCut } from "../over.js";
import { headerOf } from "../request.js";
import { isTakeover } from "../sendable.js";
import type { LogEntry } from "../text/log.js";
import { noted, type Request, type Response } from "../types.js";
import { sizeOf } from "./head.js";

/** A request that is under way, and what is known of its response so far. */
export type Visit = {
  readonly request: Request;
  /** When it came, by the clock, and by one that nobody sets. */
  readonly date: number;
  readonly start: number;
  status: number;
  bytes: number | undefined;
};

export const begun = (request: Request): Visit => ({
  request,
  date: Date.now(),
  start: performance.now(),
  status: 0,
  bytes: 0,
});

/** Node's own objects, where there is a server. */
export type Wire = Ended & {
  readonly res: Closing & { readonly headersSent: boolean; readonly statusCode: number };
};

export const wireOf = ({ raw }: Request): Wire | undefined =>
  isClosing(raw?.res) ? (raw as Wire) : undefined;

const isBare = (method: string, status: number): boolean =>
  method === "HEAD" || status === 204 || status === 205 || status === 304;

/** The length of a body that need not be sent to be known. */
function knownLength({ body, headers }: Response): number | undefined {
  if (body === null || body === undefined) return 0;
  try {
    const length = sizeOf(body) ?? headers?.["content-length"];
    return length === undefined ? undefined : Number(length);
  } catch {
    // A file that is not there, as the edge will find.
    return undefined;
  }
}

/** Notes what was answered. Where it goes over a wire, the bytes of a body in pieces are counted on their way. */
export function noteAnswer(visit: Visit, response: Response, wire?: Wire): Response {
  const isUpgrade = isTakeover(response);
  visit.status = isUpgrade ? 101 : response.status;
  visit.bytes = isUpgrade || isBare(visit.request.method, visit.status) ? 0 : knownLength(response);
  if (visit.bytes !== undefined || wire === undefined) return response;
  let sum = 0;
  visit.bytes = sum;
  const add = (bytes: number): void => {
    sum += bytes;
    visit.bytes = sum;
  };
  return { ...response, body: counted(response.body, add) };
}

/** The client left before there was a response: nginx's number for it. */
const leftEarly = 499;

/** Notes what the client was sent in the end, and tells whether that was cut short. */
export function noteEnd(visit: Visit, wire: Wire): boolean {
  const { headersSent, statusCode } = wire.res;
  if (!headersSent) Object.assign(visit, { status: leftEarly, bytes: 0 });
  // Somebody else has answered: the edge, in place of what could not be sent.
  else if (statusCode !== visit.status) Object.assign(visit, { status: statusCode, bytes: undefined });
  return wasCut(wire);
}

const withoutQuery = (url: string | undefined): string | undefined => url?.split(/[?#]/, 1)[0];

const microseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/** What there is to say of a request that is over. */
export function entryOf({ request, date, start, status, bytes }: Visit, aborted: boolean): LogEntry {
  return {
    time: new Date(date).toISOString(),
    method: request.method,
    path: request.uri ?? "/",
    protocol: request.protocol,
    route: request[noted]?.route,
    status,
    bytes,
    duration: microseconds(performance.now() - start),
    remoteAddr: request.remoteAddr,
    userAgent: headerOf(request, "user-agent"),
    referer: withoutQuery(headerOf(request, "referer")),
    requestId: request.requestId,
    aborted,
  };
}
