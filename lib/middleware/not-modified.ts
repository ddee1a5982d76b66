/** Sending a response only to those who have not got it yet. Source: Ring, ring/middleware/not_modified.clj. */
import { hash } from "node:crypto";
import { release } from "../bodies.js";
import { isUnmodified } from "../conditional.js";
import { around } from "../decorate.js";
import { empty } from "../lazy.js";
import { merged, omitted } from "../map.js";
import type { Decorator, Request, Response, ResponseHeaders } from "../types.js";

/** The fields that describe a body, and go with it; the others are as new as the response (RFC 9110 section 15.4.5). */
const ofBody: ReadonlySet<string> = new Set([
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
]);

const isRead = ({ method }: Request): boolean => method === "GET" || method === "HEAD";

const isStored = (headers: ResponseHeaders): boolean =>
  !/\bno-store\b/i.test(String(headers["cache-control"] ?? ""));

/** The tag of a body that is there as a whole; weak for text, which may yet be compressed. */
function tagOf(body: Response["body"]): string | undefined {
  if (typeof body === "string") return `W/"${hash("sha1", body, "base64url")}"`;
  return body instanceof Uint8Array ? `"${hash("sha1", body, "base64url")}"` : undefined;
}

/** The response with an `etag`, unless it has one, is not to be stored, or its body is not there as a whole. */
function tagged(response: Response): Response {
  const { headers = empty, body } = response;
  const etag = headers.etag === undefined && isStored(headers) ? tagOf(body) : undefined;
  return etag === undefined ? response : { ...response, headers: merged(headers, { etag }) };
}

const field = (headers: ResponseHeaders, name: string): string | undefined => headers[name]?.toString();

/** Gives a response of status 200 an `etag`, and answers 304 in its place to whoever has got it already. */
export function notModifiedResponse(response: Response, request: Request): Response {
  if (response.status !== 200 || !isRead(request)) return response;
  const whole = tagged(response);
  const { headers = empty, body } = whole;
  const validators = { etag: field(headers, "etag"), lastModified: field(headers, "last-modified") };
  if (!isUnmodified(request.headers ?? empty, validators)) return whole;
  release(body);
  return { ...whole, status: 304, headers: omitted(headers, ofBody), body: null };
}

/**
 * Answers 304 without a body to a GET or HEAD whose client has the response already, by `if-none-match` or
 * `if-modified-since`. Text and bytes get an `etag` for that, unless the handler has set one or the response is
 * `no-store`; of a stream, and of a HEAD that has lost its body, only what the handler has set is compared.
 *
 * `decorate(app, withNotModified())`
 *
 * Source: `wrap-not-modified` of Ring, ring/middleware/not_modified.clj; RFC 9110 sections 13.1 and 15.4.5.
 */
export const withNotModified = (): Decorator => around(undefined, notModifiedResponse);
