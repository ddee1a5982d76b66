/** Response maps on the way out: what can be sent, and what would be lost in silence. */
import { wrong } from "./errors.js";
import { fieldOf } from "./framing.js";
import { Html, htmlType } from "./html.js";
import type { Response, ResponseHeaders } from "./types.js";

/** Refuses what is no response map. */
function check(response: Response): Response {
  if (typeof response !== "object" || response === null) {
    const example = 'a response map such as { status: 200, headers: {}, body: "Hello" }, or null';
    throw wrong("the handler", example, response);
  }
  const { status } = response;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw wrong("the response", "a status from 200 to 599", status);
  }
  return response;
}

/** Refuses what `withSession` would have taken off. */
function checkKept(response: Response): Response {
  const { session, flash } = response;
  if (session !== undefined || flash !== undefined) {
    const key = session === undefined ? "flash" : "session";
    throw new TypeError(
      `the response: there is no withSession around this handler, so its ${key} would be lost. Write decorate(handler, withSession())`,
    );
  }
  return response;
}

const withType = (headers: ResponseHeaders, type: string): ResponseHeaders =>
  type === "" || fieldOf(headers, "content-type") !== undefined
    ? headers
    : { ...headers, "content-type": type };

/** A response map made complete: its headers are there, and blobs and markup bring their type with them. */
export function complete(response: Response): Response {
  const { headers = {}, body } = check(response);
  if (body instanceof Html) return { ...response, headers: withType(headers, htmlType), body: body.markup };
  if (body instanceof Blob) return { ...response, headers: withType(headers, body.type) };
  return response.headers === undefined ? { ...response, headers } : response;
}

/** A response map as it can be sent, or a TypeError that says why it cannot. */
export const sendable = (response: Response): Response => checkKept(complete(response));

/** A response that takes its connection over. */
export type Takeover = Response & { readonly upgrade: NonNullable<Response["upgrade"]> };

/** Whether a response takes its connection over: who gave it another status has refused. */
export const isTakeover = (response: Response): response is Takeover =>
  response.status === 200 && typeof response.upgrade === "function";
