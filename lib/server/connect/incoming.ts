/** The request that middleware gets: Node's own, or one made of the map. */
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { parse } from "node:querystring";
import { Readable } from "node:stream";
import { isStream } from "../../bodies.js";
import { pathOf } from "../../request.js";
import type { Request, RequestBody } from "../../types.js";
import { isWhole, type Parsed, setBody } from "./body.js";

/** Node's request with what Express and its middleware add. */
export type Incoming = Parsed & {
  originalUrl?: string | undefined;
  baseUrl?: string | undefined;
  query?: unknown;
};

type Stream = Exclude<RequestBody, string | Uint8Array>;

const searchOf = ({ queryString }: Request): string => (queryString === undefined ? "" : `?${queryString}`);

/** A connection that leads nowhere, but tells what the map tells. */
function socketOf({ scheme, remoteAddr, serverPort }: Request): Socket {
  const told = { encrypted: scheme === "https", remoteAddress: remoteAddr, localPort: serverPort };
  const entries = Object.entries(told).map(([name, value]) => [name, { value, configurable: true }]);
  return Object.defineProperties(new Socket(), Object.fromEntries(entries));
}

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
  setBody(req, request);
  return () => Object.assign(req, { method, url, baseUrl });
}
