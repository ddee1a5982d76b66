/** The cookies of a request. Source: Ring, ring/middleware/cookies.clj. */
import { around } from "../decorate.js";
import { lazy } from "../lazy.js";
import { headerOf } from "../request.js";
import { parseCookies } from "../text/cookie.js";
import type { Cookies, Decorator, Request } from "../types.js";

const parsed = (request: Request): Cookies => parseCookies(headerOf(request, "cookie"));

/** The cookies of a request, parsed when somebody looks. */
export const cookiesOf = (request: Request): Cookies => request.cookies ?? lazy(parsed, request);

/** Adds `cookies`, decoded values by name. */
export const cookiesRequest = (request: Request): Request =>
  request.cookies === undefined ? { ...request, cookies: cookiesOf(request) } : request;

/**
 * Adds `cookies` to the request: `request.cookies.theme`. Routes do this by themselves; it is for decorators that
 * need them before. Cookies are sent by the update `setCookie`.
 *
 * `decorate(app, withCookies())`
 */
export const withCookies = (): Decorator => around(cookiesRequest);
