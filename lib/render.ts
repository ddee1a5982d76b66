/**
 * Making a response of what a route returns.
 *
 * Source: Compojure 0.3, compojure/http/response.clj (update-response), as a fold instead of a merge: each part of
 * a vector acts on what the part before it left.
 */
import { heard, isBody, release } from "./bodies.js";
import { begun, changeOf } from "./change.js";
import { isPromise, then } from "./decorate.js";
import { isPlain, show } from "./errors.js";
import { file, SentFile } from "./file.js";
import { Html, htmlType } from "./html.js";
import { jsonMap } from "./json.js";
import { merged, put } from "./map.js";
import { mimeType } from "./text/mime.js";
import {
  type Awaitable,
  next,
  type Request,
  type Response,
  type ResponseBody,
  type Result,
  type Session,
} from "./types.js";
import { wholeSession } from "./updates.js";

/** A response while it is being built. */
type Draft = {
  status: number;
  headers: Record<string, string | readonly string[]>;
  body?: ResponseBody | null;
  session?: Session | null;
  flash?: Response["flash"];
};

const may =
  "a status, text, html, a response map, a vector of these, a function of the request, bytes, a stream, a file, or null";

const nameOf = ({ method, route, uri }: Request): string => `${method} ${route ?? uri}`;

function refused(request: Request, got: string, hint: string): TypeError {
  return new TypeError(`${nameOf(request)}: expected ${may}, got ${got}${hint === "" ? "" : `. ${hint}`}`);
}

export const isMap = (value: object): boolean =>
  isPlain(value) && !(Symbol.iterator in value || Symbol.asyncIterator in value);

function setType(draft: Draft, type: string): void {
  draft.headers["content-type"] ??= type;
}

function appendText(draft: Draft, text: string): void {
  draft.body = typeof draft.body === "string" ? draft.body + text : text;
  setType(draft, htmlType);
}

export const isStatus = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599;

function setStatus(draft: Draft, status: unknown, request: Request): void {
  if (!isStatus(status)) {
    throw new TypeError(`${nameOf(request)}: expected a status from 200 to 599, got ${show(status)}`);
  }
  draft.status = status;
}

function setFile(draft: Draft, sent: SentFile): void {
  draft.body = sent;
  const type = mimeType(sent.file);
  if (type !== undefined) setType(draft, type);
}

/** Merges header fields; of `set-cookie` there may be several, and none replaces another. */
function mergeHeaders(draft: Draft, headers: object): void {
  for (const key of Object.keys(headers)) {
    const value: unknown = (headers as Record<string, unknown>)[key];
    if (value === undefined || value === null) continue;
    const name = key.toLowerCase();
    const text: string | readonly string[] = Array.isArray(value) ? value.map(String) : String(value);
    const before = name === "set-cookie" ? draft.headers[name] : undefined;
    put(draft.headers, name, before === undefined ? text : [before, text].flat());
  }
}

function mergeKey(draft: Draft, key: string, value: unknown, request: Request): boolean {
  switch (key) {
    case "status":
      if (value !== undefined) setStatus(draft, value, request);
      return true;
    case "headers":
      mergeHeaders(draft, (value as object | undefined) ?? {});
      return true;
    case "body":
      if (typeof value === "string" && typeof draft.body === "string") draft.body += value;
      else if (value instanceof SentFile) setFile(draft, value);
      else if (value !== undefined) draft.body = bodyOf(value);
      return true;
    case "session":
      if (value !== undefined) draft.session = sessionOf(value as Session | null);
      return true;
    case "flash":
      if (value !== undefined && value !== null) {
        draft.flash = jsonMap("flash", merged(draft.flash ?? {}, jsonMap("flash", value)));
      }
      return true;
    default:
      put(draft, key, value);
      return false;
  }
}

const sessionOf = (session: Session | null): Session | null =>
  session === null || changeOf(session) !== undefined ? session : wholeSession(jsonMap("session", session));

function bodyOf(value: unknown): ResponseBody | null {
  if (value instanceof Html) return value.markup;
  if (value instanceof URL) return file(value);
  return heard(value as ResponseBody | null);
}

function mergeMap(draft: Draft, map: object, request: Request): void {
  const keys = Object.keys(map);
  let known = keys.length === 0;
  for (const key of keys) {
    if (mergeKey(draft, key, (map as Record<string, unknown>)[key], request)) known = true;
  }
  if (!known) throw refused(request, show(map), "To send it as JSON write json(value)");
}

/** The request as the next function of a vector sees it: its session is the one left so far. */
const asLeft = (draft: Draft, request: Request): Request =>
  draft.session === undefined ? request : { ...request, session: draft.session ?? begun() };

function applyObject(draft: Draft, value: object, request: Request): void {
  if (Array.isArray(value)) {
    for (const part of value) applyPart(draft, part, request);
  } else if (isPromise(value)) {
    value.then(undefined, () => {});
    throw refused(request, "a promise inside a vector", "Await it: [await value, …]");
  } else if (isMap(value)) {
    mergeMap(draft, value, request);
  } else if (value instanceof Html) {
    appendText(draft, value.markup);
  } else if (value instanceof SentFile) {
    setFile(draft, value);
  } else if (value instanceof URL && value.protocol === "file:") {
    setFile(draft, file(value) as SentFile);
  } else if (isBody(value)) {
    draft.body = heard(value);
    if (value instanceof Blob && value.type !== "") setType(draft, value.type);
  } else {
    throw refused(request, show(value), "To send it as JSON write json(value)");
  }
}

/** Applies one update to the draft. */
function apply(draft: Draft, update: unknown, request: Request): void {
  if (typeof update === "string") appendText(draft, update);
  else if (typeof update === "number") setStatus(draft, update, request);
  else if (typeof update === "function") applyPart(draft, update(asLeft(draft, request)), request);
  else if (typeof update === "object" && update !== null) applyObject(draft, update, request);
  else throw refused(request, show(update), "");
}

function applyPart(draft: Draft, part: unknown, request: Request): void {
  if (part === null || part === undefined || part === false) return;
  if (part === next)
    throw refused(
      request,
      "next inside a vector",
      "Return next alone: it means that the next route is tried",
    );
  apply(draft, part, request);
}

function finish(request: Request, result: unknown): Awaitable<Response | null> {
  if (result === null || result === undefined || result === next) return null;
  if (typeof result === "function") return then(result(request), (value) => finish(request, value));
  if (isPromise(result)) return result.then((value) => finish(request, value));
  const draft: Draft = { status: 200, headers: {} };
  try {
    apply(draft, result, request);
  } catch (error) {
    release(draft.body);
    throw error;
  }
  return draft as Response;
}

/**
 * Makes the response of an update; null where the update is null, undefined or `next`. A promise comes out only
 * where the update is one, or a function that gives one.
 *
 * `render(request, [404, "No such page"])` gives
 * `{ status: 404, headers: { "content-type": "text/html; charset=utf-8" }, body: "No such page" }`
 *
 * @throws TypeError for what is no update; it names the route, what it got and what it may be.
 */
export const render = (request: Request, update: Result): Awaitable<Response | null> =>
  finish(request, update);
