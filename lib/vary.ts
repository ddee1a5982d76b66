/** The `vary` field: RFC 9110 section 12.5.5. */
import { merged } from "./map.js";
import type { ResponseHeaders } from "./types.js";

const listed = (value: string | readonly string[]): readonly string[] =>
  [value].flat().flatMap((text) => text.split(",").map((name) => name.trim().toLowerCase()));

/**
 * Headers that say, too, that the response depends on a field of the request.
 *
 * `vary({ vary: "origin" }, "accept-encoding")` is `{ vary: "origin, accept-encoding" }`
 */
export function vary(headers: ResponseHeaders, name: string): ResponseHeaders {
  if (headers.vary === undefined) return merged(headers, { vary: name });
  const names = listed(headers.vary);
  if (names.includes("*") || names.includes(name)) return headers;
  return merged(headers, { vary: [headers.vary, name].flat().join(", ") });
}
