/** The request that middleware gets: Node's own, or one made of the map; and what it has made of the body. */
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { parse } from "node:querystring";
import { Readable } from "node:stream";
import { isStream } from "../../bodies.js";
import { mediaType } from "../../body.js";
import { pathOf } from "../../request.js";
import type { Request, RequestBody } from "../../types.js";

/** Node's request with what Express and its middleware add. */
export type Incoming = IncomingMessage & {
  originalUrl?: string | undefined;
  baseUrl?: string | undefined;
  query?: unknown;
  body?: unknown;
  /** Says to body parsers that there is nothing left to parse. */
  _body?: boolean;
};

type Stream = Exclude<RequestBody, string | Uint8Array>;

const searchOf = ({ queryString }: Request): string => (queryString === undefined ? "" : `?${queryString}`);

/** A connection that leads nowhere, but tells what the map tells. */
function socketOf({ scheme, remoteAddr, serverPort }: Request): Socket {
  const told = { encrypted: scheme === "https", remoteAddress: remoteAddr, localPort: serverPort };
  const entries = Object.entries(told).map(([name, value]) => [name, { value, configurable: true }]);
  return Object.defineProperties(new Socket(), Object.fromEntries(entries));
}

const isWhole = (body: RequestBody): body is string | Uint8Array =>
  typeof body === "string" || body instanceof Uint8Array;

/** The fields; body parsers look for a body that is announced: RFC 9112 section 6.3. */
function headersOf({ headers, body }: Request): Record<string, string> {
  const map: Record<string, string> = Object.assign(Object.create(null), headers);
  if (body === undefined || "content-length" in headers || "transfer-encoding" in headers) return map;
  if (isWhole(body)) map["content-length"] = String(Buffer.byteLength(body));
  else map["transfer-encoding"] = "chunked";
  return map;
}

/** The stream is begun when somebody reads, and not before. */
function feed(req: Incoming, body: Stream): void {
  const source = isStream(body) ? (body as Readable) : Readable.from(body, { objectMode: false });
  let isBegun = false;
  const begin = () => {
    isBegun = true;
    source.on("data", (chunk) => req.push(chunk) || source.pause());
    source.on("end", () => finish(req)).on("error", (error) => req.destroy(error));
  };
  req._read = () => {
    if (!isBegun) begin();
    source.resume();
  };
}

function finish(req: Incoming, body?: string | Uint8Array): void {
  req._read = () => {};
  if (body !== undefined) req.push(body);
  req.complete = true;
  req.push(null);
}

function made(request: Request): Incoming {
  const { method, protocol = "HTTP/1.1", body } = request;
  const req: Incoming = new IncomingMessage(socketOf(request));
  req.method = method;
  req.url = request.uri + searchOf(request);
  req.httpVersion = protocol.replace(/^HTTP\//, "");
  [req.httpVersionMajor = 1, req.httpVersionMinor = 0] = req.httpVersion.split(".").map(Number);
  req.headers = headersOf(request);
  req.rawHeaders = Object.entries(req.headers).flat() as string[];
  if (body === undefined || isWhole(body)) finish(req, body);
  else feed(req, body);
  return req;
}

/** The request for middleware; all of a request's middleware shares it. */
export const incomingOf = (request: Request): Incoming =>
  (request.raw?.req as Incoming | undefined) ?? made(request);

const isForm = (request: Request): boolean => mediaType(request) === "application/x-www-form-urlencoded";

/** A form that has been read: middleware that wants to parse it would wait for ever. */
function setForm(req: Incoming, request: Request): void {
  if (req.body !== undefined || request.formParams === undefined || !isForm(request)) return;
  req.body = Object.assign(Object.create(null), request.formParams);
  req._body = true;
}

/** The query as Connect's middleware knows it; an app of Express's has a getter of its own, which must not be hidden. */
function setQuery(req: Incoming, { queryString = "" }: Request, isApp: boolean): void {
  if (isApp) delete req.query;
  else req.query ??= parse(queryString);
}

/**
 * Puts on the request what the map says by now: its method, and the path that a context has left, as Express does
 * for what is mounted. Gives what puts back how it was.
 */
export function dress(req: Incoming, request: Request, isApp: boolean): () => void {
  const { method, url, baseUrl } = req;
  req.originalUrl ??= url;
  req.method = request.method;
  req.url = pathOf(request) + searchOf(request);
  req.baseUrl = request.context ?? "";
  setQuery(req, request, isApp);
  setForm(req, request);
  return () => Object.assign(req, { method, url, baseUrl });
}

/** Adds what stands behind a name: a list repeats it, a map goes on in brackets. */
function append(form: URLSearchParams, name: string, value: unknown): void {
  if (Array.isArray(value)) {
    for (const each of value) append(form, name, each);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value))
      append(form, name === "" ? key : `${name}[${key}]`, inner);
  } else {
    form.append(name, String(value));
  }
}

/** The text that a body parser has read, made again of what it made of it. */
function textOf(parsed: unknown, request: Request): string | Uint8Array {
  if (typeof parsed === "string" || parsed instanceof Uint8Array) return parsed;
  if (typeof parsed !== "object" || parsed === null) return "";
  if (!isForm(request)) return JSON.stringify(parsed);
  const form = new URLSearchParams();
  append(form, "", parsed);
  return form.toString();
}

/** The body as the handler finds it after the middleware: what that has read is there to be read again. */
export function bodyAfter(req: Incoming, request: Request): RequestBody | undefined {
  const { body, raw } = request;
  if (body === undefined || isWhole(body)) return body;
  const isTheirs = raw === undefined || body === req;
  if (!isTheirs) return body;
  return req.readableEnded ? textOf(req.body, request) : req;
}
