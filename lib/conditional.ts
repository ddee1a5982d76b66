/** Conditional requests: RFC 9110 section 13. */
import { parseDate } from "./text/date.js";
import { isSameStrongly, isSameWeakly, parseTags } from "./text/etag.js";
import type { RequestHeaders } from "./types.js";

/** What tells one state of a resource from another, as the fields `etag` and `last-modified` have it. */
export type Validators = { readonly etag?: string | undefined; readonly lastModified?: string | undefined };

type Same = (one: string, other: string) => boolean;

/** Whether a list names this tag; `*` stands for whatever there is. */
const names = (list: string, etag: string | undefined, isSame: Same): boolean =>
  list.trim() === "*" || (etag !== undefined && parseTags(list).some((tag) => isSame(tag, etag)));

/** Whether the resource is still what the client takes it for: `if-match`, else `if-unmodified-since`. */
function isAsExpected(headers: RequestHeaders, { etag, lastModified }: Validators): boolean {
  const list = headers["if-match"];
  if (list !== undefined) return names(list, etag, isSameStrongly);
  return !(parseDate(lastModified) > parseDate(headers["if-unmodified-since"]));
}

/** Whether the client has this state of the resource already: `if-none-match`, else `if-modified-since`. */
export function isUnmodified(headers: RequestHeaders, { etag, lastModified }: Validators): boolean {
  const list = headers["if-none-match"];
  if (list !== undefined) return names(list, etag, isSameWeakly);
  return parseDate(lastModified) <= parseDate(headers["if-modified-since"]);
}

/** What the preconditions of a GET or HEAD come to, in the order of section 13.2.2. */
export function precondition(headers: RequestHeaders, validators: Validators): "ok" | 304 | 412 {
  if (!isAsExpected(headers, validators)) return 412;
  return isUnmodified(headers, validators) ? 304 : "ok";
}

/**
 * Whether a part would fit the parts that the client has: without `if-range` it says that it would. A date must be
 * the very one that it was given (section 13.1.5).
 */
export function isRangeWanted(headers: RequestHeaders, { etag, lastModified }: Validators): boolean {
  const known = headers["if-range"];
  if (known === undefined) return true;
  return (etag !== undefined && isSameStrongly(known, etag)) || known === lastModified;
}
