/** Sending the response map by Node's response. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { finished, type Readable } from "node:stream";
import { isFile, readable, release } from "../bodies.js";
import { announced, isBare, lengthOfNothing } from "../framing.js";
import { type Log, logError } from "../log.js";
import { headResponse } from "../middleware/head.js";
import { type Content, openFile } from "../pieces.js";
import { sendable } from "../sendable.js";
import type { Request, Response } from "../types.js";
import { pump } from "./bodies.js";
import { hasAborted, isMultiplexed } from "./connection.js";
import { closing, type Lines, linesOf, multiplexed } from "./lines.js";
import { fieldsOf } from "./request.js";

/** A response on its way. */
export type Exchange = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: Pick<Request, "method" | "uri" | "signal">;
  readonly log: Log;
  /** Whether the connection ends with this response, because the server is closing. */
  readonly isLast: boolean;
};

/** How long an upload may go on after it was refused, in milliseconds. */
const patience = 2000;

/**
 * Ends a response that was given while its request is still coming in. A connection closed at once would be reset,
 * and the client might never see the response (RFC 9112 section 9.6); so what comes in is thrown away for a while.
 */
function endAfterUpload({ req, res }: Exchange, body: string | Uint8Array): void {
  // Without a body to come, as for HEAD, Node would hold an empty piece back.
  if (req.method === "HEAD") res.flushHeaders();
  else res.write(body, "latin1");
  const timer = setTimeout(() => res.end(), patience);
  finished(req, { writable: false }, () => {
    clearTimeout(timer);
    res.end();
  });
  req.resume();
}

const isUploading = (req: IncomingMessage): boolean =>
  !req.complete && !isMultiplexed(req) && fieldsOf(req.rawHeaders).hasBody;

function begin({ req, res }: Exchange, status: number, lines: Lines, isLast: boolean): void {
  const head = isMultiplexed(req) ? multiplexed(lines) : isLast ? closing(lines) : lines;
  res.writeHead(status, head as string[]);
}

/**
 * Text of ASCII as it is, other text in bytes. Node joins text to the head and writes both in one encoding, which
 * must be latin1 for the sake of header values.
 */
const encoded = (body: string | Uint8Array, length: number): string | Uint8Array =>
  typeof body === "string" && body.length !== length ? Buffer.from(body) : body;

function sendWhole(exchange: Exchange, status: number, lines: Lines, body: string | Uint8Array): void {
  const { req, res, isLast } = exchange;
  const isRefusal = status >= 400 && isUploading(req);
  begin(exchange, status, lines, isLast || isRefusal);
  if (isRefusal) endAfterUpload(exchange, body);
  else if (body.length === 0) res.end();
  else res.end(body, "latin1");
}

/** Sends a body of pieces, whose length is announced where it is known. */
function sendPieces(
  exchange: Exchange,
  status: number,
  lines: Lines,
  source: Readable,
  length?: number,
): void {
  const { req, res, request, log, isLast } = exchange;
  if (hasAborted(request.signal)) {
    release(source);
    return;
  }
  if (length !== undefined) lines.push("content-length", length);
  try {
    begin(exchange, status, lines, isLast);
  } catch (error) {
    release(source);
    throw error;
  }
  // The head goes out at once; flushHeaders would write it in UTF-8.
  if (length === undefined && !isMultiplexed(req)) res.write("", "latin1");
  const failed = (error: unknown) => logError(log, error, request);
  pump(source, { to: res, length, signal: request.signal, failed });
}

function sendKnown(exchange: Exchange, status: number, lines: Lines, body: string | Uint8Array): void {
  const length = Buffer.byteLength(body);
  lines.push("content-length", length);
  sendWhole(exchange, status, lines, encoded(body, length));
}

function sendFile(exchange: Exchange, status: number, lines: Lines, content: Content): void {
  if (!(content instanceof Uint8Array)) sendPieces(exchange, status, lines, content.source, content.size);
  else if (!hasAborted(exchange.request.signal)) sendKnown(exchange, status, lines, content);
}

function deliver(exchange: Exchange, response: Response): void {
  const { status, headers } = response;
  const body = isBare(status) ? null : (response.body ?? null);
  if (body !== response.body) release(response.body);
  const lines = linesOf(headers);
  if (body === null) {
    const length = lengthOfNothing(response, exchange.req.method === "HEAD");
    if (length !== undefined) lines.push("content-length", length);
    sendWhole(exchange, status, lines, "");
  } else if (typeof body === "string" || body instanceof Uint8Array) {
    sendKnown(exchange, status, lines, body);
  } else if (isFile(body)) {
    openFile(body)
      .then((content) => sendFile(exchange, status, lines, content))
      .catch((error) => giveUp(exchange, error));
  } else {
    const length = body instanceof Blob ? body.size : announced(headers);
    sendPieces(exchange, status, lines, readable(body), length);
  }
}

/** What cannot be sent is a 500 without detail, or a connection cut short where the response has begun. */
export function giveUp({ req, res, log, request, isLast }: Exchange, error: unknown): void {
  logError(log, error, request);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  if (isLast) res.shouldKeepAlive = false;
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  // Node keeps the reason phrase of a head that it refused.
  if (!isMultiplexed(req)) res.statusMessage = "";
  res.writeHead(500, ["content-type", "text/plain; charset=utf-8", "content-length", "21"]);
  res.end("Internal Server Error");
}

/** Lets go of a response that is not sent, whatever it may be. */
function drop(response: Response): void {
  try {
    release(response?.body);
  } catch {
    // What cannot be looked at cannot be let go of.
  }
}

/** Whether the client has left. HTTP/2 says so by the signal alone. */
const isGone = ({ req, res, request }: Exchange): boolean =>
  isMultiplexed(req) ? hasAborted(request.signal) : res.destroyed;

/** Sends what a handler answered. Nothing is thrown: what cannot be sent is reported and answered by 500. */
export function send(exchange: Exchange, response: Response): void {
  if (isGone(exchange)) {
    drop(response);
    return;
  }
  try {
    const whole = sendable(response);
    deliver(exchange, exchange.req.method === "HEAD" ? (headResponse(whole) as Response) : whole);
  } catch (error) {
    drop(response);
    giveUp(exchange, error);
  }
}
