/** Writing a response map to Node's response, through whatever middleware has put in the way. */
import { pipeline, type Readable } from "node:stream";
import { isFile, readable, release } from "../../bodies.js";
import { put } from "../../map.js";
import { exactly, openFile, unabridged } from "../../pieces.js";
import { complete } from "../../sendable.js";
import type { Awaitable, FileBody, Response, ResponseBody, ResponseHeaders } from "../../types.js";
import { vary } from "../../vary.js";
import { goBy, hold, isUntouched, type Outgoing } from "./outgoing.js";

type Body = ResponseBody | null;

const isWhole = (body: Body): body is string | Uint8Array =>
  typeof body === "string" || body instanceof Uint8Array;

function lengthOf(body: Body): number | undefined {
  if (isWhole(body)) return Buffer.byteLength(body);
  return body instanceof Blob ? body.size : undefined;
}

const bothOf = (before: string, names: string): string =>
  names
    .split(",")
    .reduce((headers, name) => vary(headers, name.trim().toLowerCase()), { vary: before } as ResponseHeaders)
    .vary as string;

/** The handler's fields win over the middleware's, but for those that add up. */
function setField(res: Outgoing, name: string, value: string | readonly string[]): void {
  const before = res.getHeader(name);
  const lower = name.toLowerCase();
  if (before !== undefined && lower === "set-cookie") res.appendHeader(name, value);
  else if (before !== undefined && lower === "vary")
    res.setHeader(name, bothOf(String(before), String(value)));
  else res.setHeader(name, value);
}

/** Loggers want the length; in the map it would only be in the way of decorators that change the body. */
function setHead(res: Outgoing, { status, headers }: Response, body: Body): void {
  res.statusCode = status;
  for (const name of Object.keys(headers)) setField(res, name, headers[name] as string);
  const length = lengthOf(body);
  if (length !== undefined) res.setHeader("content-length", length);
}

/** The fields that were set on a response, as a map has them. */
export function fieldsOf(res: Outgoing, body: Body): ResponseHeaders {
  const headers = {};
  const isCounted = lengthOf(body) !== undefined;
  for (const name of res.getHeaderNames()) {
    const value = res.getHeader(name);
    if (isCounted && name === "content-length") continue;
    put(headers, name, typeof value === "number" ? String(value) : value);
  }
  return headers;
}

/** Writes pieces as fast as they are taken. A source that fails fails the response; one that nobody wants is destroyed. */
function pipe(res: Outgoing, source: Readable): void {
  const pieces = source.readableObjectMode ? pipeline(source, exactly(undefined), () => {}) : source;
  res.once("close", () => pieces.destroy());
  pieces.on("error", (error) => res.destroy(error)).pipe(res);
}

function end(res: Outgoing, body: string | Uint8Array | null): void {
  hold(res, body);
  res.end(body ?? undefined);
}

async function sendFile(res: Outgoing, file: FileBody): Promise<void> {
  const content = await openFile(file);
  if (content instanceof Uint8Array) {
    res.setHeader("content-length", content.length);
    end(res, content);
  } else {
    res.setHeader("content-length", content.size);
    pipe(res, unabridged(content));
  }
}

/**
 * Writes a response map. Where no middleware wants to see the body it goes by as it is; where the client has left,
 * only the head is written, so that a session is still saved.
 */
export function writeThrough(res: Outgoing, map: Response): Awaitable<void> {
  const response = complete(map);
  const body = res.destroyed ? null : (response.body ?? null);
  if (body === null) release(response.body);
  setHead(res, response, body);
  if (isUntouched(res)) return goBy(res, body);
  if (body === null || isWhole(body)) return end(res, body);
  return isFile(body) ? sendFile(res, body) : pipe(res, readable(body));
}
