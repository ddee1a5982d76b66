/** Errors as the programmer wants to see them, in development. */
import { createHash } from "node:crypto";
import { isStream } from "../bodies.js";
import { rescue, then } from "../decorate.js";
import { isDevelopment } from "../development.js";
import { failureOf } from "../failure.js";
import { htmlType } from "../html.js";
import { logError, logToConsole } from "../log.js";
import { boxed } from "../open.js";
import { headerOf } from "../request.js";
import { reportPage } from "../stacktrace/page.js";
import { reportOf } from "../stacktrace/report.js";
import { style } from "../stacktrace/style.js";
import { reportText } from "../stacktrace/text.js";
import { acceptedType } from "../text/accept.js";
import type { Awaitable, Decorator, Request, Response, ResponseHeaders } from "../types.js";
import { cookiesRequest } from "./cookies.js";
import { headResponse } from "./head.js";
import { paramsRequest } from "./params.js";

/** Nothing runs on the page and nothing is loaded; its own styles are known by their hash (CSP Level 3). */
const policy = (): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const headersOf = (type: string): ResponseHeaders => ({
  "content-type": type,
  "content-security-policy": policy(),
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
  vary: "accept",
});

/** A page for browsers, else text: the error with its causes and their sources, and the request without its secrets. */
export function stacktraceResponse(error: unknown, request: Request): Response {
  const { status } = failureOf(error);
  const report = reportOf(error, status, request);
  const isPage = acceptedType(headerOf(request, "accept"), ["text/plain", "text/html"]) === "text/html";
  const type = isPage ? htmlType : "text/plain; charset=utf-8";
  const body = isPage ? String(reportPage(report)) : reportText(report);
  const response = { status, headers: headersOf(type), body };
  return request.method === "HEAD" ? (headResponse(response) as Response) : response;
}

/** An upload that is still under way is not waited for. */
const hasCome = ({ body }: Request): boolean =>
  typeof body !== "object" || !isStream(body) || (body as { readableEnded?: boolean }).readableEnded === true;

/** The request with its parameters and cookies, which out here nobody has parsed yet. */
const parsed = rescue(
  (request: Request) => (hasCome(request) ? then(paramsRequest(request), cookiesRequest) : request),
  (_, request) => request,
);

function answer(error: unknown, request: Request): Awaitable<Response> {
  if (failureOf(error).status < 500) throw error;
  logError(logToConsole, error, request);
  return then(parsed(request), (request) => stacktraceResponse(error, request));
}

/**
 * In development (`NODE_ENV=development`) answers errors by a page with their message, their causes, the stack with
 * the sources by source maps, and the request, in which cookies, credentials and the session are hidden. The error
 * is reported on the console. Anywhere else it gives the handler back as it is.
 *
 * Errors below 500 that are meant for the client are thrown on: they are no fault of the program. It belongs inside
 * `withErrors` and outside everything else.
 *
 * `decorate(app, withSession(), withStacktrace(), withErrors())`
 *
 * Source: Ring, ring/middleware/stacktrace.clj.
 */
export function withStacktrace(): Decorator {
  if (!isDevelopment()) return (handler) => handler;
  return (handler) => {
    const shown = rescue(handler, answer);
    return (request) => shown(boxed(request));
  };
}
