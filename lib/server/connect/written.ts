/** What middleware may write: pieces of a body, and fields in all the ways in which Node takes them. */
import type { OutgoingHttpHeader, ServerResponse } from "node:http";

export type Piece = string | Uint8Array;
type Done = (error?: Error | null) => void;

const bytesOf = (piece: Piece): Uint8Array => (typeof piece === "string" ? Buffer.from(piece) : piece);

/** All pieces as one. Text that comes out as it went in stays text, also where middleware has cut it in two. */
export function joined(pieces: readonly Piece[], held: Piece | null | undefined): Piece | null {
  const [first = null, ...more] = pieces;
  const isOne = more.length === 0 && (typeof first === "string" || typeof held !== "string");
  if (first === null || isOne) return first;
  const bytes = Buffer.concat(pieces.map(bytesOf));
  return typeof held === "string" && bytes.equals(bytesOf(held)) ? held : bytes;
}

export function pieceOf(chunk: unknown, encoding: unknown): Piece {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk !== "string")
    throw new TypeError(`The chunk must be a string or bytes, got ${typeof chunk}`);
  const isText = typeof encoding !== "string" || /^utf-?8$/i.test(encoding);
  return isText ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
}

export const callbackOf = (...args: readonly unknown[]): Done | undefined =>
  args.find((arg): arg is Done => typeof arg === "function");

export const isGiven = (chunk: unknown): boolean =>
  chunk !== undefined && chunk !== null && typeof chunk !== "function";

export type Fields = Readonly<Record<string, OutgoingHttpHeader>> | readonly OutgoingHttpHeader[];

/** Fields in a map, or names and values in turn. */
export function setFields(res: ServerResponse, fields: Fields): void {
  if (!Array.isArray(fields)) {
    for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
    return;
  }
  for (let i = 0; i < fields.length; i += 2) res.removeHeader(fields[i]);
  for (let i = 0; i < fields.length; i += 2) res.appendHeader(fields[i], fields[i + 1]);
}
