/** Origins, and which of them are allowed: RFC 6454. */
import { then } from "./decorate.js";
import { wrong } from "./errors.js";
import { headerOf } from "./request.js";
import { isOriginField } from "./text/origin.js";
import type { Awaitable, Request } from "./types.js";

/** Whether an origin is allowed: true, or the origin itself. It may ask elsewhere, and promise the answer. */
export type AllowOrigin = (
  origin: string,
  request: Request,
) => Awaitable<boolean | string | null | undefined>;

/** `"*"` for all, an origin, several, or a function. */
export type Origins = string | readonly string[] | AllowOrigin;

/** The origin that a response names; null where it names none. */
export type Allowed = (request: Request) => Awaitable<string | null>;

const expected = '"*", origins such as "https://example.com", or a function as "origin"';
const hint =
  "Write scheme and host in lower case, and nothing after them; for any other rule give a function";

function originsOf(who: string, origin: string | readonly string[]): ReadonlySet<string> {
  const origins: unknown[] = [origin].flat();
  if (origins.length > 0 && origins.every(isOriginField)) return new Set(origins);
  const unfit = origins.length > 0 ? origins.find((one) => !isOriginField(one)) : origin;
  throw wrong(who, expected, unfit, hint);
}

function rulesOf(who: string, origin: Origins): AllowOrigin {
  if (typeof origin === "function") return origin;
  const origins = originsOf(who, origin);
  return (asking) => (origins.has(asking) ? asking : null);
}

/** A page without an origin of its own, such as a sandboxed frame of anybody's, says "null": it must be named. */
const isYes = (answer: unknown, origin: string): boolean =>
  answer === origin || (answer === true && origin !== "null");

/**
 * Finds out which origin a response may name, as the `origin` header of its request asks.
 *
 * @throws TypeError for origins that no browser would send.
 */
export function allowedBy(who: string, origin: Origins): Allowed {
  if (origin === "*") return () => "*";
  const rules = rulesOf(who, origin);
  return (request) => {
    const asking = headerOf(request, "origin");
    // No browser calls itself "*", which in a response would mean everybody.
    if (asking === undefined || asking === "*") return null;
    return then(rules(asking, request), (answer) => (isYes(answer, asking) ? asking : null));
  };
}
