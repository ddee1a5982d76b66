/** Requests as lines of a log. */

/** What there is to say of a request that is over. */
export type LogEntry = {
  /** When it came: ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** The path without its query, which may hold secrets. */
  readonly path: string;
  readonly protocol: string | undefined;
  /** The pattern of the route that matched: `/user/:id`. */
  readonly route: string | undefined;
  /** 499 where the client left before there was a response. */
  readonly status: number;
  /** Bytes of the body; undefined for one in pieces that nobody has sent. */
  readonly bytes: number | undefined;
  /** Milliseconds until the response was over. */
  readonly duration: number;
  readonly remoteAddr: string | undefined;
  readonly userAgent: string | undefined;
  /** Without its query. */
  readonly referer: string | undefined;
  /** Under `withRequestId`. */
  readonly requestId: string | undefined;
  /** Whether the response was cut short. */
  readonly aborted: boolean;
};

const special = /[^ !#-[\]-~]/g;

const hex = (char: string): string => {
  const code = char.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** Text of the client, which cannot end its field, nor the line: what is not plain is `\xNN`, as with Apache and nginx. */
const safe = (text: string | undefined): string => (text ? text.replace(special, hex) : "-");

/** `2026-01-31T12:00:00.000Z` is `31/Jan/2026:12:00:00 +0000` */
function clock(time: string): string {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(" ");
  return `${day}/${month}/${year}:${clock} +0000`;
}

/**
 * The combined format of Apache, then what it lacks by name: the route, the duration in milliseconds, and where there is
 * one the id of the request; `aborted` ends the line of a response that was cut short.
 *
 * Source: https://httpd.apache.org/docs/2.4/logs.html#combined
 */
export function combinedLine(entry: LogEntry): string {
  const { time, method, path, protocol, status, bytes, remoteAddr, requestId } = entry;
  const asked = `${safe(method)} ${safe(path)} ${safe(protocol)}`;
  const apache = `${safe(remoteAddr)} - - [${clock(time)}] "${asked}" ${status} ${bytes ?? "-"}`;
  const client = `"${safe(entry.referer)}" "${safe(entry.userAgent)}"`;
  const id = requestId === undefined ? "" : ` id="${safe(requestId)}"`;
  const line = `${apache} ${client} route="${safe(entry.route)}" duration=${entry.duration}${id}`;
  return entry.aborted ? `${line} aborted` : line;
}

/** The entry as JSON; what is undefined is left out. */
export const jsonLine = (entry: LogEntry): string => JSON.stringify(entry);
