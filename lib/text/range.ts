/** The part of a file that a client asks for: RFC 9110 section 14.1.2. */

/** Both ends are included, as on the wire. */
export type Range = { readonly start: number; readonly end: number };

const single = /^bytes=(\d*)-(\d*)$/i;

/**
 * The range that a `range` field asks for, of so many bytes; null where there is no such part (status 416).
 * Undefined where the field says nothing that is understood, or names several ranges: all is sent then.
 *
 * `parseRange("bytes=-3", 10)` is `{ start: 7, end: 9 }`
 */
export function parseRange(field: string, size: number): Range | null | undefined {
  const [, first, last] = single.exec(field) ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  if (first === "") return suffix(Number(last), size);
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start < size ? { start, end } : null;
}

/** The last bytes. Of nothing the last bytes are all there is, and no range can say so. */
function suffix(length: number, size: number): Range | null | undefined {
  if (length === 0) return null;
  return size === 0 ? undefined : { start: Math.max(size - length, 0), end: size - 1 };
}
