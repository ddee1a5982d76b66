/**
 * Refusing what other sites make a browser send.
 *
 * Source: ring-anti-forgery for tokens; for origins https://words.filippo.io/csrf and Go's net/http CrossOriginProtection.
 */
import { deskRequest, deskResponse, isTokenOf, tokenField } from "../anti-forgery.js";
import { formRequest } from "../body.js";
import { around, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { headerOf } from "../request.js";
import { isOrigin, isOriginOf } from "../text/origin.js";
import type { Decorator, Handler, Request, Response } from "../types.js";

export type AntiForgeryOptions = {
  /** Other origins that may send requests, such as "https://a.example"; none. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Whether requests need a token of their session, too; false. */
  readonly token?: boolean | undefined;
};

const who = "withAntiForgery";

const safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** RFC 9110 section 9.2.1. A form that names another method by `_method` comes as POST. */
const isSafe = ({ method }: Request): boolean => safe.has(method);

/** A WebSocket is opened by GET, from any site, and then says what it likes. */
const isUpgrade = (request: Request): boolean => headerOf(request, "upgrade") !== undefined;

/** Whether a request is of this site, or of an origin that is trusted, or of no browser. */
export function isOwnRequest(request: Request, trusted: ReadonlySet<string>): boolean {
  const site = headerOf(request, "sec-fetch-site");
  const origin = headerOf(request, "origin");
  if (site === "same-origin" || site === "none") return true;
  if (origin !== undefined && trusted.has(origin)) return true;
  if (site !== undefined) return false;
  return origin === undefined || isOriginOf(origin, headerOf(request, "host") ?? "");
}

/** The token that came with a request: the header `x-csrf-token`, or a field of its form. */
export function tokenOf(request: Request): string {
  const { formParams, multipartParams } = request;
  const token =
    headerOf(request, "x-csrf-token") ?? formParams?.[tokenField] ?? multipartParams?.[tokenField];
  return typeof token === "string" ? token : "";
}

const refused = (body: string): Response => ({
  status: 403,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});

function checkSession({ session }: Request): void {
  if (session !== undefined) return;
  const hint = "Put withSession outside: decorate(handler, withAntiForgery({ token: true }), withSession())";
  throw wrong(who, "a session, which its tokens are bound to", session, hint);
}

/** Asks unsafe requests for a token of their session. */
function withTokens(handler: Handler): Handler {
  const answer = around(deskRequest, deskResponse)(handler);
  return (request) => {
    checkSession(request);
    if (isSafe(request)) return answer(request);
    return then(formRequest(request), (read) =>
      isTokenOf(tokenOf(read), read.session)
        ? answer(read)
        : refused("This page is out of date: go back, reload it, and try again"),
    );
  };
}

function settled(options: AntiForgeryOptions): { trusted: ReadonlySet<string>; token: boolean } {
  checkNames(who, options, ["trustedOrigins", "token"]);
  const { trustedOrigins = [], token = false } = options;
  if (!Array.isArray(trustedOrigins)) throw wrong(who, 'a list as "trustedOrigins"', trustedOrigins);
  for (const origin of trustedOrigins) {
    if (typeof origin === "string" && isOrigin(origin)) continue;
    const hint =
      "It is written as browsers send it: no path, no slash at its end, no wildcard, no default port";
    throw wrong(who, 'origins such as "https://a.example" as "trustedOrigins"', origin, hint);
  }
  if (typeof token !== "boolean") throw wrong(who, 'true or false as "token"', token);
  return { trusted: new Set(trustedOrigins), token };
}

/**
 * Answers 403 to requests that another site makes a browser send, where their method is not GET, HEAD, OPTIONS or
 * TRACE, or where they open a WebSocket. What counts is `sec-fetch-site`, without it `origin`, which must be the host;
 * what has neither field comes from no browser and passes.
 *
 * - `trustedOrigins`: other origins that may send such requests, such as `["https://admin.example"]` (none)
 * - `token`: whether these requests need a token, too, from `antiForgeryField` or `antiForgeryToken`; put `withSession`
 *   outside (false)
 *
 * `decorate(app, withAntiForgery(), withSession())`
 *
 * @throws TypeError for a wrong option, and in a request for tokens without a session.
 */
export function withAntiForgery(options: AntiForgeryOptions = {}): Decorator {
  const { trusted, token } = settled(options);
  return (handler) => {
    const answer = token ? withTokens(handler) : handler;
    return (request) =>
      (isSafe(request) && !isUpgrade(request)) || isOwnRequest(request, trusted)
        ? answer(request)
        : refused("This request came from another site");
  };
}
