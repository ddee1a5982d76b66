/** How a response is framed: what announces its length, and what has no body. */
import { wrong } from "./errors.js";
import type { Response, ResponseHeaders } from "./types.js";

/** How a response is framed is the edge's to say. */
export const isFraming = (name: string): boolean =>
  (name.length === 14 && name.toLowerCase() === "content-length") ||
  (name.length === 17 && name.toLowerCase() === "transfer-encoding");

/** A field of a response, in whatever case its name is written. */
export const fieldOf = (headers: ResponseHeaders, name: string): unknown =>
  headers[Object.keys(headers).find((key) => key.toLowerCase() === name) ?? name];

/** The length that the handler announces. */
export function announced(headers: ResponseHeaders): number | undefined {
  const length = fieldOf(headers, "content-length");
  if (length === undefined) return undefined;
  if (!/^\d{1,15}$/.test(String(length))) {
    throw wrong("the response", 'a number of bytes as "content-length"', length);
  }
  return Number(length);
}

/** RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5: nothing follows these. */
export const isBare = (status: number): boolean => status === 204 || status === 205 || status === 304;

/** The length to announce for a response without a body. */
export function lengthOfNothing({ status, headers }: Response, isHead: boolean): number | undefined {
  if (status === 204 || status === 304) return undefined;
  return isHead && status !== 205 ? announced(headers) : 0;
}
