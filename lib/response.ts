/** The updates that name a part of the response. Source: Compojure 0.3, compojure/http/helpers.clj. */
import { show, wrong } from "./errors.js";
import { type CookieAttributes, formatCookie } from "./text/cookie.js";
import { fileName, formatAttachment } from "./text/disposition.js";
import { headerName, headerValue } from "./text/header.js";
import { mimeType } from "./text/mime.js";
import type { ResponseMap, Update } from "./types.js";

/** Sets the status, an integer from 200 to 599: `[status(201), "Made"]`. */
export function status(code: number): number {
  if (!Number.isInteger(code) || code < 200 || code > 599)
    throw wrong("status", "an integer from 200 to 599", code);
  return code;
}

/** Sets a header field, to one value or several; `set-cookie` adds them: `[header("x-robots-tag", "noindex"), page]`. */
export function header(name: string, value: string | readonly string[]): ResponseMap {
  const checked = Array.isArray(value)
    ? value.map((text) => headerValue("header", text))
    : headerValue("header", value);
  return { headers: Object.fromEntries([[headerName("header", name), checked]]) };
}

/** Sets the content type: `[contentType("text/calendar"), calendar]`. */
export const contentType = (type: string): ResponseMap => ({
  headers: { "content-type": headerValue("contentType", type) },
});

/**
 * Lets the browser save the response, under this name if there is one, with the content type of the name's extension.
 * The name may come from a client: its path and control characters are left out.
 *
 * `[attachment("Bericht über 2026.pdf"), file(path)]`
 *
 * Source: RFC 6266; Express's `res.attachment`.
 */
export function attachment(name?: string): ResponseMap {
  if (name !== undefined && typeof name !== "string") throw wrong("attachment", "the name of a file", name);
  const type = mimeType(fileName(name ?? ""));
  return {
    headers: { "content-disposition": formatAttachment(name), ...(type && { "content-type": type }) },
  };
}

/**
 * Sends a cookie; its value is percent-encoded. Attributes as RFC 6265 names them, in camelCase: `maxAge` in seconds,
 * `expires` a Date, `path`, `domain`, `secure`, `httpOnly`, `sameSite`, `partitioned`, `priority`.
 *
 * `[setCookie("theme", "dark", { maxAge: 31536000, path: "/" }), "Dark it is"]`
 */
export const setCookie = (name: string, value: string, attributes: CookieAttributes = {}): ResponseMap => ({
  headers: { "set-cookie": formatCookie(name, value, attributes) },
});

/** Makes the browser forget a cookie; `path` and `domain` as it was set: `deleteCookie("theme", { path: "/" })`. */
export const deleteCookie = (name: string, attributes: CookieAttributes = {}): ResponseMap =>
  setCookie(name, "", { ...attributes, maxAge: 0, expires: new Date(0) });

const hasControl = (text: string): boolean => [...text].some((char) => char < " " || char === "\x7f");

/** Percent-encodes what a header field cannot carry. */
function encoded(location: string): string {
  try {
    return location.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
  } catch {
    throw wrong("redirectTo", "a location of whole characters", location);
  }
}

/**
 * Redirects to another address, by 302 unless told otherwise. There is no body to inject into. For an address that
 * came with the request there is `redirectLocal`.
 *
 * @throws TypeError for control characters and for a status that is no redirect.
 */
export function redirectTo(location: string, code = 302): ResponseMap {
  if (typeof location !== "string" || location === "" || hasControl(location)) {
    throw wrong("redirectTo", "a location without control characters", location);
  }
  if (!Number.isInteger(code) || code < 300 || code > 399)
    throw wrong("redirectTo", "a status from 300 to 399", code);
  return { status: code, headers: { location: encoded(location) } };
}

const isLocal = (path: unknown): path is string =>
  typeof path === "string" &&
  /^\/(?!\/)/.test(path) &&
  !path.includes("\\") &&
  !hasControl(path) &&
  path.isWellFormed();

/**
 * Redirects to a path of this site, as `?next=/cart` may give it; anything else (another site, `//host`, a
 * backslash, control characters) goes to the fallback.
 *
 * `redirectLocal(params.next, "/home")`
 */
export function redirectLocal(path: string | undefined, fallback = "/"): ResponseMap {
  if (!isLocal(fallback)) throw wrong("redirectLocal", "a fallback that is a path of this site", fallback);
  return redirectTo(isLocal(path) ? path : fallback);
}

/** 404 with this body: `ANY("*", pageNotFound("No such page"))`. */
export const pageNotFound = (body: Update = "Not Found"): Update => [404, body];

/** A value as JSON: `json({ ok: true })`. */
export function json(value: unknown): ResponseMap {
  const body = JSON.stringify(value);
  if (body === undefined)
    throw new TypeError(`json: expected a value that JSON can hold, got ${show(value)}`);
  return { headers: { "content-type": "application/json" }, body };
}

/** Plain text, never taken for markup: `text("1 < 2")`. */
export function text(body: string): ResponseMap {
  if (typeof body !== "string") throw wrong("text", "a string", body);
  return { headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
