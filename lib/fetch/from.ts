/** A fetch handler, such as an app of Hono's, as a handler. */
import { Readable } from "node:stream";
import { isStream } from "../bodies.js";
import { then } from "../decorate.js";
import { httpError, wrong } from "../errors.js";
import { put } from "../map.js";
import { pathOf, whole } from "../request.js";
import { parseHost } from "../text/host.js";
import type { Handler, Request, RequestBody, Response } from "../types.js";
import { type FetchHandler, type WebRequest, type WebResponse, webStream } from "./web.js";

const malformed = (what: string, cause?: unknown): Error =>
  httpError(400, `The ${what} is malformed`, { cause });

/** An address of IPv6 stands in brackets in a URL. */
const bracketed = (name: string): string =>
  name.includes(":") && !name.startsWith("[") ? `[${name}]` : name;

/** Who is asked, as the client named it; else where it was asked. */
function hostOf({ headers, serverName, serverPort }: Request): string {
  if (headers.host) return headers.host;
  const port = serverPort === undefined ? "" : `:${serverPort}`;
  return serverName === undefined ? "localhost" : bracketed(serverName) + port;
}

/**
 * What the URL parser would make another path of: `.` and `..`, also encoded, backslashes, and control characters,
 * which it skips. A guard around the app must not see another path than the app.
 */
const shifty = /[\\\p{Cc}]|\/(?:\.|%2e){1,2}(?:\/|$)/iu;

function urlOf(request: Request): URL {
  const host = hostOf(request);
  const path = pathOf(request);
  if (parseHost(host) === undefined || !URL.canParse(`http://${host}`)) throw malformed("host");
  if (shifty.test(path)) throw malformed("request target");
  const url = new URL(`${request.scheme ?? "http"}://${host}`);
  url.pathname = path;
  url.search = request.queryString ?? "";
  return url;
}

/** Leaving a request's stream midway must not destroy it, and with it the connection of the response. */
function streamed(body: Exclude<RequestBody, string | Uint8Array>): ReadableStream {
  const source = isStream(body) ? (body as Readable) : Readable.from(body, { objectMode: false });
  return webStream({ pieces: source.iterator({ destroyOnReturn: false }), cancel: () => {} });
}

const bodyOf = ({ method, body }: Request) => {
  if (body === undefined || body === null || method === "GET" || method === "HEAD") return {};
  if (typeof body === "string" || body instanceof Uint8Array) return { body };
  return { body: streamed(body), duplex: "half" as const };
};

const isField = (field: [string, unknown]): field is [string, string] => field[1] !== undefined;

function webRequest(request: Request): WebRequest {
  const url = urlOf(request);
  const { method, signal = null } = request;
  try {
    const headers = Object.entries(request.headers).filter(isField);
    return new globalThis.Request(url, { method, headers, signal, ...bodyOf(request) });
  } catch (cause) {
    throw malformed("request", cause);
  }
}

/** One field for each name, but for cookies: each of them has a field of its own. */
function headersOf({ headers }: WebResponse): Response["headers"] {
  const map: Record<string, string | readonly string[]> = {};
  for (const [name, value] of headers) put(map, name, value);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) map["set-cookie"] = cookies;
  return map;
}

const isResponse = (value: WebResponse): boolean =>
  typeof value.status === "number" && typeof value.headers?.getSetCookie === "function";

function responseOf(response: WebResponse | null | undefined): Response | null {
  if (response === null || response === undefined) return null;
  if (!isResponse(response)) throw wrong("fromFetch", "its function to give a Response", response);
  const { status, body } = response;
  if (status < 200) throw wrong("fromFetch", "a response with a status from 200 to 599", status);
  return { status, headers: headersOf(response), body };
}

/**
 * Makes a handler of a fetch handler, such as `app.fetch` of Hono. Inside a `context` it sees the remaining path,
 * and it can read a form that `routes` has read before. Its 404 is an answer; null or undefined is "not mine".
 *
 * `context("/api", fromFetch(hono.fetch))`
 *
 * Errors: 400 for a host, path or method that no web request can have; what the function throws.
 */
export function fromFetch(fetchHandler: FetchHandler): Handler {
  if (typeof fetchHandler !== "function") {
    throw wrong(
      "fromFetch",
      "a function from Request to Response",
      fetchHandler,
      "Of a Hono app that is app.fetch",
    );
  }
  return (request) => then(fetchHandler(webRequest(whole(request))), responseOf);
}
