/** What is sent of a file: all of it, a part, or only that there is no need to. */
import { isRangeWanted, precondition, type Validators } from "../conditional.js";
import { empty } from "../lazy.js";
import { merged } from "../map.js";
import { formatDate } from "../text/date.js";
import { parseRange, type Range } from "../text/range.js";
import { statusPhrase } from "../text/status.js";
import type { Request, Response, ResponseHeaders } from "../types.js";
import { isEncodable } from "./encoded.js";

/** A file as far as it is known without being opened. */
export type Known = {
  readonly file: string;
  readonly size: number;
  /** When it was last changed, in milliseconds. */
  readonly changed: number;
  readonly type: string | undefined;
  readonly coding: string | undefined;
};

/**
 * The size and the time, as in nginx, so that all servers with a copy of the file agree; the time to the
 * microsecond. It is a strong tag: by a weak one no download that broke off goes on (RFC 9110 section 13.1.5).
 */
function tagOf({ size, changed, coding }: Known): string {
  const state = `${size.toString(36)}-${Math.round(changed * 1000).toString(36)}`;
  return coding === undefined ? `"${state}"` : `"${state}-${coding}"`;
}

/** The fields that a 304 has, too. */
function fieldsOf(
  { type }: Known,
  { etag, lastModified }: { readonly etag: string; readonly lastModified: string },
  cacheControl: string,
): ResponseHeaders {
  const fields = { etag, "last-modified": lastModified, "cache-control": cacheControl };
  return isEncodable(type) ? { ...fields, vary: "accept-encoding" } : fields;
}

function bodyFields({ type, coding }: Known): ResponseHeaders {
  const fields: Record<string, string> = { "accept-ranges": "bytes" };
  if (type !== undefined) fields["content-type"] = type;
  if (coding !== undefined) fields["content-encoding"] = coding;
  return fields;
}

const refused = (status: number, fields: ResponseHeaders = {}): Response => ({
  status,
  headers: merged({ "content-type": "text/plain; charset=utf-8" }, fields),
  body: statusPhrase(status),
});

/** Only GET knows ranges: RFC 9110 section 14.2. */
function partOf(request: Request, size: number, validators: Validators): Range | null | undefined {
  const { method, headers = empty } = request;
  if (method !== "GET" || headers.range === undefined) return undefined;
  return isRangeWanted(headers, validators) ? parseRange(headers.range, size) : undefined;
}

/** Answers a GET or HEAD for a file: by what the client knows of it already, and by the range that it asks for. */
export function fileResponse(request: Request, known: Known, cacheControl: string): Response {
  const { file, size, changed } = known;
  const validators = { etag: tagOf(known), lastModified: formatDate(changed) };
  const state = precondition(request.headers ?? empty, validators);
  if (state === 412) return refused(412);
  const fields = fieldsOf(known, validators, cacheControl);
  if (state === 304) return { status: 304, headers: fields, body: null };
  const part = partOf(request, size, validators);
  if (part === null) return refused(416, { "content-range": `bytes */${size}` });
  const headers = merged(fields, bodyFields(known));
  if (part === undefined) return { status: 200, headers, body: { file, size, changed } };
  const range = { "content-range": `bytes ${part.start}-${part.end}/${size}` };
  return { status: 206, headers: merged(headers, range), body: { file, size, changed, part } };
}
