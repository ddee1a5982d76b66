/** Reading a request map, also one that a test wrote in a line. */
import { empty } from "./lazy.js";
import type { Request } from "./types.js";

/** A map without `headers` counts as one with none, one without `uri` has "/". */
export function whole(request: Request): Request {
  if (request.headers !== undefined && request.uri !== undefined) return request;
  return { ...request, uri: request.uri ?? "/", headers: request.headers ?? empty };
}

/** The value of a header field, by its lower-case name. */
export const headerOf = (request: Request, name: string): string | undefined => request.headers?.[name];

/** The path that patterns match: what a context left of it, else the whole. */
export const pathOf = (request: Request): string => request.pathInfo ?? request.uri ?? "/";
