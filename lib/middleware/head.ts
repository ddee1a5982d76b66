/** Answering HEAD as GET would, without the body. Source: Ring, ring/middleware/head.clj. */
import { statSync } from "node:fs";
import { isFile, lengthOf, release } from "../bodies.js";
import { put } from "../map.js";
import type { Response, ResponseBody, ResponseHeaders } from "../types.js";

/** The length of a body where it is known without opening it: to ask a file for its size is not to open it. */
export const sizeOf = (body: ResponseBody): number | undefined =>
  lengthOf(body) ?? (isFile(body) ? statSync(body.file).size : undefined);

/** A length that was given for a body of another length gives way, as it does when the body is sent. */
function withLength(headers: ResponseHeaders, length: number): ResponseHeaders {
  const exact = { "content-length": String(length) };
  for (const name in headers) {
    if (name.toLowerCase() !== "content-length") put(exact, name, headers[name]);
  }
  return exact;
}

/** The response without its body, with the length that GET would have announced. */
export function headResponse(response: Response | null): Response | null {
  if (response === null || response.body === undefined || response.body === null) return response;
  const length = sizeOf(response.body);
  release(response.body);
  const headers = length === undefined ? response.headers : withLength(response.headers, length);
  return { ...response, headers, body: null };
}
