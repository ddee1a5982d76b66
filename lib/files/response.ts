/** What is sent of a file: all of it, a part, or only that there is no need to. */
import { isRangeWanted, precondition, type Validators } from "../conditional.js";
import { empty } from "../lazy.js";
import { merged } from "../map.js";
import { formatDate } from "../text/date.js";
import { parseRange, type Range } from "../text/range.js";
import { statusPhrase } from "../text/status.js";
import type { FileBody, Request, Response, ResponseHeaders } from "../types.js";

/** A file as far as one can know it without opening it. */
export type Known = {
  readonly file: string;
  readonly size: number;
  /** When it was last changed, in milliseconds. */
  readonly changed: number;
  readonly type: string | undefined;
  readonly coding: string | undefined;
};

/**
 * The size and the time, to the microsecond, as in nginx, so that all servers that hold a copy agree. The tag is
 * strong, for without a strong one nobody could go on with a download that broke off (RFC 9110 section 13.1.5).
 */
function tagOf({ size, changed, coding }: Known): string {
  const parts = [size.toString(36), Math.round(changed * 1000).toString(36), coding ?? []];
  return `"${parts.flat().join("-")}"`;
}

function refused(status: number, headers: ResponseHeaders = {}): Response {
  const type = "text/plain; charset=utf-8";
  return { status, headers: merged({ "content-type": type }, headers), body: statusPhrase(status) };
}

/** Only GET knows ranges: RFC 9110 section 14.2. */
function partOf(
  { method, headers = empty }: Request,
  size: number,
  validators: Validators,
): Range | null | undefined {
  if (method !== "GET" || headers.range === undefined) return undefined;
  return isRangeWanted(headers, validators) ? parseRange(headers.range, size) : undefined;
}

function described(fields: ResponseHeaders, { type, coding }: Known): ResponseHeaders {
  const headers: Record<string, string | readonly string[]> = { ...fields, "accept-ranges": "bytes" };
  if (type !== undefined) headers["content-type"] = type;
  if (coding !== undefined) headers["content-encoding"] = coding;
  return headers;
}

/** Answers a GET or HEAD for a file by its preconditions and its range, where it has any. */
export function fileResponse(request: Request, known: Known, cacheControl: string): Response {
  const { file, size, changed } = known;
  const validators = { etag: tagOf(known), lastModified: formatDate(changed) };
  const fields = {
    etag: validators.etag,
    "last-modified": validators.lastModified,
    "cache-control": cacheControl,
    vary: "accept-encoding",
  };
  const state = precondition(request.headers ?? empty, validators);
  if (state === 412) return refused(412);
  if (state === 304) return { status: 304, headers: fields, body: null };
  const part = partOf(request, size, validators);
  if (part === null) return refused(416, { "content-range": `bytes */${size}` });
  const headers = described(fields, known);
  const body: FileBody = { file, size, changed, part };
  if (part === undefined) return { status: 200, headers, body };
  const range = `bytes ${part.start}-${part.end}/${size}`;
  return { status: 206, headers: merged(headers, { "content-range": range }), body };
}
