/** Letting scripts of other origins read responses: https://fetch.spec.whatwg.org/#http-cors-protocol */
import { around, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { merged } from "../map.js";
import { type Allowed, allowedBy, type Origins } from "../origins.js";
import { headerOf } from "../request.js";
import { isToken } from "../text/header.js";
import type { Decorator, Request, Response, ResponseHeaders } from "../types.js";
import { vary } from "../vary.js";

export type CorsOptions = {
  /** `"*"`, an origin, several, or a function. Default: `"*"`. */
  readonly origin?: Origins | undefined;
  /** Default: GET, HEAD, PUT, PATCH, POST, DELETE. */
  readonly methods?: string | readonly string[] | undefined;
  /** Header fields that scripts may send. Default: whichever they ask for. */
  readonly allowedHeaders?: string | readonly string[] | undefined;
  /** Header fields that scripts may read, beside those that they always may. Default: none. */
  readonly exposedHeaders?: string | readonly string[] | undefined;
  /** Whether cookies may come along; not for `"*"`. Default: false. */
  readonly credentials?: boolean | undefined;
  /** Seconds for which browsers may remember the answer to a preflight. Default: theirs, which is 5. */
  readonly maxAge?: number | undefined;
};

const who = "withCors";
const allowOrigin = "access-control-allow-origin";
const asksForMethod = "access-control-request-method";
const asksForHeaders = "access-control-request-headers";

/** What the options come to. */
type Settings = {
  readonly allowed: Allowed;
  /** Whether all origins get the same answer. */
  readonly isForAll: boolean;
  /** What an origin that is allowed is told by each response, and by the answer to a preflight. */
  readonly granted: ResponseHeaders;
  readonly preflight: ResponseHeaders;
  /** Whether the header fields that a script asks for are those that it may send. */
  readonly reflects: boolean;
};

/** A list of methods or header fields, as the wire has it. */
function listOf(name: string, value: string | readonly string[] = []): string {
  const given: unknown[] = [value].flat();
  const tokens = given.flatMap((text) => (typeof text === "string" ? text.split(",") : [text]));
  const trimmed = tokens.map((text) => (typeof text === "string" ? text.trim() : text));
  if (trimmed.every(isToken)) return trimmed.join(", ");
  throw wrong(who, `names, in an array or with commas between them, as "${name}"`, value);
}

function secondsOf(maxAge: number | undefined): string {
  if (maxAge === undefined) return "";
  if (Number.isSafeInteger(maxAge) && maxAge >= 0) return String(maxAge);
  throw wrong(who, 'a whole number of seconds as "maxAge"', maxAge);
}

function hasCredentials({ credentials = false, origin = "*" }: CorsOptions): boolean {
  if (typeof credentials !== "boolean") throw wrong(who, 'true or false as "credentials"', credentials);
  if (!credentials || origin !== "*") return credentials;
  throw wrong(
    who,
    '"credentials" with origins that are named',
    origin,
    'Write { origin: "https://example.com" }',
  );
}

const filled = (headers: { readonly [name: string]: string }): ResponseHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));

const usual = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];

function settingsOf(options: CorsOptions): Settings {
  const { origin = "*", methods = usual, allowedHeaders, exposedHeaders, maxAge } = options;
  const credentials = { "access-control-allow-credentials": hasCredentials(options) ? "true" : "" };
  return {
    allowed: allowedBy(who, origin),
    isForAll: origin === "*",
    granted: filled({
      ...credentials,
      "access-control-expose-headers": listOf("exposedHeaders", exposedHeaders),
    }),
    preflight: filled({
      ...credentials,
      "access-control-allow-methods": listOf("methods", methods),
      "access-control-allow-headers": listOf("allowedHeaders", allowedHeaders),
      "access-control-max-age": secondsOf(maxAge),
    }),
    reflects: allowedHeaders === undefined,
  };
}

/** Whether a browser asks what a script may send. */
const isPreflight = (request: Request): boolean =>
  request.method === "OPTIONS" &&
  headerOf(request, "origin") !== undefined &&
  headerOf(request, asksForMethod) !== undefined;

/** The header fields that a script asks for, as far as they are such. */
function reflected(request: Request): ResponseHeaders {
  const asked = (headerOf(request, asksForHeaders) ?? "").split(",").map((name) => name.trim());
  return filled({ "access-control-allow-headers": asked.filter(isToken).join(", ") });
}

/** The answer to a preflight. To an origin that is not allowed it says nothing, which browsers take for a no. */
export function preflightResponse(request: Request, origin: string | null, settings: Settings): Response {
  const asked = settings.reflects ? reflected(request) : {};
  const told = origin === null ? {} : { [allowOrigin]: origin, ...settings.preflight, ...asked };
  const depends = [...(settings.isForAll ? [] : ["origin"]), asksForMethod, asksForHeaders];
  return { status: 204, headers: { ...told, vary: depends.join(", ") }, body: null };
}

/** Names the origin that may read the response; what the handler said about it stays. */
export function corsResponse(response: Response, origin: string | null, settings: Settings): Response {
  const { headers = {} } = response;
  const isOpen = origin !== null && headers[allowOrigin] === undefined;
  const told = isOpen ? merged({ [allowOrigin]: origin, ...settings.granted }, headers) : headers;
  return { ...response, headers: settings.isForAll ? told : vary(told, "origin") };
}

/**
 * Lets scripts of other origins read responses, and answers their preflights before the handler. It keeps nobody
 * from sending requests: browsers only keep the responses from scripts.
 *
 * - `origin`: `"*"` (which has no cookies with it), an origin, several, or `(origin, request) => boolean`, which may
 *   promise it; the origin `"null"` must be named, or given back by the function ("*")
 * - `methods`: that scripts may use (GET, HEAD, PUT, PATCH, POST, DELETE)
 * - `allowedHeaders`: that scripts may send (whichever they ask for)
 * - `exposedHeaders`: that scripts may read, beside the usual ones (none)
 * - `credentials`: whether cookies may come along; not with `"*"` (false)
 * - `maxAge`: seconds for which browsers may remember the answer to a preflight (theirs: 5)
 *
 * `decorate(api, withErrors(), withCors({ origin: "https://example.com", credentials: true }))`
 *
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol; the names are those of the cors package.
 * @throws TypeError for wrong options, and for `credentials` with `"*"`.
 */
export function withCors(options: CorsOptions = {}): Decorator {
  checkNames(who, options, [
    "origin",
    "methods",
    "allowedHeaders",
    "exposedHeaders",
    "credentials",
    "maxAge",
  ]);
  const settings = settingsOf(options);
  const opening = around(undefined, (response, request) =>
    then(settings.allowed(request), (origin) => corsResponse(response, origin, settings)),
  );
  return (handler) => {
    const open = opening(handler);
    return (request) => {
      if (!isPreflight(request)) return open(request);
      return then(settings.allowed(request), (origin) => preflightResponse(request, origin, settings));
    };
  };
}
