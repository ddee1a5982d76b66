/** What can be sent as it is: bytes, streams, blobs, and iterables of text or bytes. */
import { type Readable, Stream } from "node:stream";
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
