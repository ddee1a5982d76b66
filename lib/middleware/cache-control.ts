/** The `cache-control` header of each response, from a map of its directives. */
import { around } from "../decorate.js";
import { wrong } from "../errors.js";
import { merged } from "../map.js";
import { kebab } from "../text/kebab.js";
import type { Decorator, Response } from "../types.js";

const seconds = ["maxAge", "sMaxage", "staleWhileRevalidate", "staleIfError"] as const;
const flags = [
  "public",
  "private",
  "noCache",
  "noStore",
  "noTransform",
  "mustRevalidate",
  "mustUnderstand",
  "proxyRevalidate",
  "immutable",
] as const;

/** Directives in camelCase: some in seconds, the others true or false; a false or undefined one is left out. */
export type CacheControlOptions = {
  readonly [Name in (typeof seconds)[number]]?: number | undefined;
} & {
  readonly [Name in (typeof flags)[number]]?: boolean | undefined;
};

const includes = (names: readonly string[], name: string): boolean => names.includes(name);

function checkDirective(name: string, value: unknown): void {
  if (includes(seconds, name)) {
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return;
    throw wrong("withCacheControl", `"${name}" to be a whole number of seconds`, value);
  }
  if (!includes(flags, name)) {
    throw wrong("withCacheControl", `directives among ${[...seconds, ...flags].join(", ")}`, name);
  }
  if (value !== undefined && typeof value !== "boolean") {
    throw wrong("withCacheControl", `"${name}" to be true or false`, value);
  }
}

function directives(options: CacheControlOptions): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? kebab(name) : `${kebab(name)}=${value}`))
    .join(", ");
}

/**
 * Sets `cache-control`. A response that sets a cookie and has a `cache-control` of its own keeps that one, lest
 * a shared cache hand one visitor's cookie to the next.
 */
export function cacheControlResponse(response: Response, cacheControl: string): Response {
  const { headers = {} } = response;
  if (headers["set-cookie"] !== undefined && headers["cache-control"] !== undefined) return response;
  return { ...response, headers: merged(headers, { "cache-control": cacheControl }) };
}

/**
 * Sets the `cache-control` of each response, in the order in which the directives are given.
 *
 * - `maxAge`, `sMaxage`, `staleWhileRevalidate`, `staleIfError`: seconds
 * - `public`, `private`, `noCache`, `noStore`, `noTransform`, `mustRevalidate`, `mustUnderstand`,
 *   `proxyRevalidate`, `immutable`: true or false
 *
 * `decorate(app, withCacheControl({ maxAge: 3600, mustRevalidate: true }))`
 *
 * Source: `with-cache-control` of Compojure 0.3, compojure/http/middleware.clj; RFC 9111 section 5.2.2, RFC
 * 5861, RFC 8246.
 * @throws TypeError where a directive is unknown or has another kind of value, or none is left.
 */
export function withCacheControl(options: CacheControlOptions): Decorator {
  if (typeof options !== "object" || options === null) {
    throw wrong("withCacheControl", "directives such as { maxAge: 3600 }", options);
  }
  for (const [name, value] of Object.entries(options)) checkDirective(name, value);
  const cacheControl = directives(options);
  if (cacheControl === "") throw wrong("withCacheControl", "at least one directive", options);
  return around(undefined, (response) => cacheControlResponse(response, cacheControl));
}
