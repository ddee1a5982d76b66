/** What can be sent as it is: bytes, streams, blobs, and iterables of text or bytes. */
import { Readable, Stream } from "node:stream";
import { wrong } from "./errors.js";
import type { FileBody, ResponseBody } from "./types.js";

/** Iterables, but not of text or bytes. */
const isOther = (value: object): boolean =>
  ArrayBuffer.isView(value) ||
  [Map, URLSearchParams, FormData, Headers].some((type) => value instanceof type);

export const isStream = (value: object): value is NodeJS.ReadableStream =>
  typeof (value as { pipe?: unknown }).pipe === "function" &&
  typeof (value as { on?: unknown }).on === "function";

export const isBody = (value: unknown): value is Exclude<ResponseBody, string | FileBody> =>
  typeof value === "object" &&
  value !== null &&
  (value instanceof Uint8Array ||
    value instanceof Blob ||
    value instanceof ReadableStream ||
    isStream(value) ||
    Symbol.asyncIterator in value ||
    (Symbol.iterator in value && !isOther(value)));

export const isFile = (body: unknown): body is FileBody =>
  typeof (body as FileBody | null | undefined)?.file === "string";

/** The length of a body in bytes, where it is known without opening it. */
export function lengthOf(body: ResponseBody | null | undefined): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  if (body instanceof Blob) return body.size;
  if (!isFile(body)) return undefined;
  return body.part === undefined ? body.size : body.part.end - body.part.start + 1;
}

/** Lets go of a stream that nobody will read; nor will anybody hear of its errors. */
export function release(body: unknown): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
  if (!(body instanceof Stream)) return;
  body.on("error", () => {});
  (body as Readable).destroy?.();
}

/** A stream that fails before it is sent must not end the process: whoever sends it finds that it failed. */
export function heard<Body>(body: Body): Body {
  if (body instanceof Stream) body.on("error", () => {});
  return body;
}

export const isPiece = (chunk: unknown): chunk is string | Uint8Array =>
  typeof chunk === "string" || chunk instanceof Uint8Array;

function unread(stream: Readable): Readable {
  if (stream.readable !== false && !stream.errored) return stream;
  throw wrong("the response", "a stream that can still be read", stream, "It was read or destroyed before");
}

/** Any body that comes in pieces, but a file, as a stream of them. */
export function readable(body: Exclude<ResponseBody, string | Uint8Array | FileBody>): Readable {
  if (!isBody(body)) {
    throw wrong("the response", "a body of text, bytes, a stream, an iterable, a blob, a file or null", body);
  }
  if (isStream(body)) return unread(body as Readable);
  if (body instanceof Blob) return Readable.fromWeb(body.stream());
  if (body instanceof ReadableStream) return Readable.fromWeb(body);
  return Readable.from(body, { objectMode: false });
}
