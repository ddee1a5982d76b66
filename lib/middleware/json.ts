/** JSON bodies. Source: ring-json, ring/middleware/json.clj. */
import { formLimit, isUtf8, mediaType, readBody } from "../body.js";
import { around, then } from "../decorate.js";
import { checkNames, httpError, wrong } from "../errors.js";
import { headerOf } from "../request.js";
import { parseJson } from "../text/json.js";
import type { Awaitable, Decorator, Request } from "../types.js";

export type JsonOptions = {
  /** The most bytes that a body may have; 1 MiB. */
  readonly limit?: number | undefined;
  /** Whether only a map or an array may stand at the top; true. */
  readonly strict?: boolean | undefined;
};

/** Whether a request says that its body is JSON: `application/json`, or a type that ends in `+json` (RFC 6839). */
export function saysJson(request: Request): boolean {
  const type = mediaType(request);
  return type === "application/json" || type.endsWith("+json");
}

/** JSON is UTF-8 wherever it travels (RFC 8259 section 8.1), and bodies are not decompressed here. */
function checkCoding(request: Request): void {
  if (!isUtf8(request)) throw httpError(415, "JSON is expected in UTF-8");
  if ((headerOf(request, "content-encoding") ?? "identity").toLowerCase() === "identity") return;
  throw httpError(415, "JSON is expected without a content coding", {
    headers: { "accept-encoding": "identity" },
  });
}

/** A byte order mark is skipped, as RFC 8259 section 8.1 allows. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw httpError(400, "The JSON is not valid UTF-8", { cause });
  }
}

function jsonOf(bytes: Uint8Array, strict: boolean): unknown {
  const value = parseJson(decoded(bytes));
  if (strict && (typeof value !== "object" || value === null)) {
    throw httpError(400, "The JSON is expected to be a map or an array");
  }
  return value;
}

/**
 * Adds `json` where the request carries JSON, and puts the bytes read in place of the body. Any other request is
 * left alone, and so is one whose body is empty.
 */
export function jsonRequest(
  request: Request,
  { limit = formLimit, strict = true }: JsonOptions = {},
): Awaitable<Request> {
  if (request.json !== undefined || request.body === undefined || !saysJson(request)) return request;
  checkCoding(request);
  return then(readBody(request, limit), (body) =>
    body.length === 0 ? { ...request, body } : { ...request, body, json: jsonOf(body, strict) },
  );
}

/**
 * Reads bodies of type `application/json` and `+json` and adds `request.json`: undefined where there is no such
 * body, or an empty one.
 *
 * Options:
 * - `limit`: the most bytes of a body (1 MiB)
 * - `strict`: only a map or an array may stand at the top, no bare text, number, boolean or null (true)
 *
 * `decorate(app, withJson({ limit: 65536 }))`
 *
 * Errors: 413 past the limit; 415 for another charset than UTF-8 and for a compressed body; 400 with line and column
 * for malformed JSON, and for what is deeper than 100 levels, has the name `__proto__`, or is no UTF-8.
 * @throws TypeError for an option that is wrong or unknown.
 */
export function withJson(options: JsonOptions = {}): Decorator {
  checkNames("withJson", options, ["limit", "strict"]);
  const { limit = formLimit, strict = true } = options;
  if (!Number.isInteger(limit) || limit < 0) throw wrong("withJson", 'a number of bytes as "limit"', limit);
  if (typeof strict !== "boolean") throw wrong("withJson", '"strict" to be true or false', strict);
  return around((request) => jsonRequest(request, { limit, strict }));
}
