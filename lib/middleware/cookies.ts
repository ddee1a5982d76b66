/** The cookies of a request. Source: Ring, ring/middleware/cookies.clj. */
import { around } from "../decorate.js";
import { lazy } from "../lazy.js";
import { headerOf } from "../request.js";
import { parseCookies } from "../text/cookie.js";
import type { Decorator, Request } from "../types.js";

/** Adds `cookies`, decoded values by name; worked out when somebody looks. */
export function cookiesRequest(request: Request): Request {
  if (request.cookies !== undefined) return request;
  return { ...request, cookies: lazy(() => parseCookies(headerOf(request, "cookie"))) };
}

/**
 * Adds `cookies` to the request: `request.cookies.theme`. Routes do this by themselves; it is for decorators that
 * need them before. Cookies are sent by the update `setCookie`.
 *
 * `decorate(app, withCookies())`
 */
export const withCookies = (): Decorator => around(cookiesRequest);
