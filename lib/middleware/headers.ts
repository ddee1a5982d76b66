/** Fixed headers on each response. */
import { around } from "../decorate.js";
import { wrong } from "../errors.js";
import { merged } from "../map.js";
import { headerName, headerValue } from "../text/header.js";
import type { Decorator, Response, ResponseHeaders } from "../types.js";

/** Merges headers (names in lower case) into a response, in place of those of the same name. */
export function headersResponse(response: Response, headers: ResponseHeaders): Response {
  return { ...response, headers: merged(response.headers, headers) };
}

function checked(headers: unknown): ResponseHeaders {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw wrong("withHeaders", 'a map of headers such as { "x-frame-options": "DENY" }', headers);
  }
  const value = (given: unknown) => headerValue("withHeaders", given);
  const entries = Object.entries(headers).map(([name, given]) => [
    headerName("withHeaders", name),
    Array.isArray(given) ? given.map(value) : value(given),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Merges headers into each response, in place of those of the same name.
 *
 * `decorate(app, withHeaders({ "X-Frame-Options": "DENY" }))`
 *
 * Source: `with-headers` of Compojure 0.3, compojure/http/middleware.clj.
 * @throws TypeError where a name is no token (RFC 9110 section 5.6.2) or a value has control characters.
 */
export function withHeaders(headers: ResponseHeaders): Decorator {
  const fixed = checked(headers);
  return around(undefined, (response) => headersResponse(response, fixed));
}
