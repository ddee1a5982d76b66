/** Answering HEAD as GET would, without the body. Source: Ring, ring/middleware/head.clj. */
import { statSync } from "node:fs";
import { type Readable, Stream } from "node:stream";
import { merged } from "../map.js";
import type { Response, ResponseBody } from "../types.js";

/** The length of a body where it is known without opening it. */
function lengthOf(body: ResponseBody): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  if (body instanceof Blob) return body.size;
  return "file" in body ? (body.size ?? statSync(body.file).size) : undefined;
}

/** Lets go of a stream that nobody will read; nor will anybody hear of its errors. */
export function release(body: unknown): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
  else if (body instanceof Stream) (body.on("error", () => {}) as Readable).destroy?.();
}

/** The response without its body, with the length that GET would have announced. */
export function headResponse(response: Response | null): Response | null {
  if (response === null || response.body === undefined || response.body === null) return response;
  const length = lengthOf(response.body);
  release(response.body);
  const headers =
    length === undefined ? response.headers : merged({ "content-length": String(length) }, response.headers);
  return { ...response, headers, body: null };
}
