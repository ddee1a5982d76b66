/** The bodies that were read before middleware wants them, and those that it has read itself. */
import type { IncomingMessage } from "node:http";
import { mediaType } from "../../body.js";
import type { Request, RequestBody } from "../../types.js";

export type Parsed = IncomingMessage & {
  /** What body parsers leave. */
  body?: unknown;
  /** Says to them that there is nothing left to parse. */
  _body?: boolean;
};

export const isWhole = (body: RequestBody): body is string | Uint8Array =>
  typeof body === "string" || body instanceof Uint8Array;

const isForm = (request: Request): boolean => mediaType(request) === "application/x-www-form-urlencoded";

const isJson = (request: Request): boolean => /^application\/(?:.+\+)?json$/.test(mediaType(request));

/** What stands in a body that has been read; undefined where that is not for us to say. */
function parsedOf(request: Request, body: string | Uint8Array): unknown {
  const { formParams } = request;
  if (isForm(request)) return formParams && Object.assign(Object.create(null), formParams);
  if (!isJson(request)) return undefined;
  try {
    return JSON.parse(Buffer.from(body as string).toString());
  } catch {
    return undefined;
  }
}

/** Middleware that would parse a body that has been read would wait for ever. */
export function setBody(req: Parsed, request: Request): void {
  const { body } = request;
  if (req.body !== undefined || body === undefined || !isWhole(body)) return;
  const parsed = parsedOf(request, body);
  if (parsed === undefined) return;
  req.body = parsed;
  req._body = true;
}

/** Adds what stands behind a name: a list repeats it, a map goes on in brackets. */
function append(form: URLSearchParams, name: string, value: unknown): void {
  if (Array.isArray(value)) {
    for (const each of value) append(form, name, each);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value))
      append(form, name === "" ? key : `${name}[${key}]`, inner);
  } else {
    form.append(name, String(value));
  }
}

/** The text that a body parser has read, made again of what it made of it. */
function textOf(parsed: unknown, request: Request): string | Uint8Array {
  if (typeof parsed === "string" || parsed instanceof Uint8Array) return parsed;
  if (parsed !== undefined && isJson(request)) return JSON.stringify(parsed);
  if (typeof parsed !== "object" || !isForm(request)) return "";
  const form = new URLSearchParams();
  append(form, "", parsed);
  return form.toString();
}

/** The body as the handler finds it after the middleware: what that has read is there to be read again. */
export function bodyAfter(req: Parsed, request: Request): RequestBody | undefined {
  const { body, raw } = request;
  if (body === undefined || isWhole(body)) return body;
  if (raw !== undefined && body !== req) return body;
  return req.readableEnded ? textOf(req.body, request) : req;
}
