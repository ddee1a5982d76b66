/** Compressing responses: RFC 9110 sections 8.4 and 12.5.3. */
import { stat } from "node:fs/promises";
import { isBody, isFile, lengthOf, readable } from "../bodies.js";
import { type Coding, codings, type Encoding } from "../compress/codings.js";
import { compressed, compressing } from "../compress.js";
import { around, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { SentFile } from "../file.js";
import { merged, omitted } from "../map.js";
import { openFile, unabridged } from "../pieces.js";
import { headerOf } from "../request.js";
import { acceptedEncoding } from "../text/accept.js";
import type {
  Awaitable,
  Decorator,
  FileBody,
  Request,
  Response,
  ResponseBody,
  ResponseHeaders,
} from "../types.js";
import { vary } from "../vary.js";
import { headResponse } from "./head.js";

export type CompressionOptions = {
  /** Bytes from which on a body is compressed, where its length is known; 1024 by default. */
  readonly threshold?: number | undefined;
  /** The codings on offer, the one that you like best first; `["br", "zstd", "gzip"]` by default. */
  readonly encodings?: readonly Encoding[] | undefined;
};

/** Those that this Node has. */
const available = Object.keys(codings) as Encoding[];

/**
 * Types that grow smaller. Event streams would, too, but a coder takes 200 to 400 KiB for as long as one is open.
 */
const compressible =
  /^(?:text\/(?!event-stream)|application\/(?:javascript|json|jsonl|ndjson|x-ndjson|wasm|xml|yaml)\b|font\/[ot]tf|image\/(?:bmp|x-icon)|[^;]+\+(?:json|xml)\b)/i;

/** Fields that belong to the bytes as they are. */
const binding = ["content-encoding", "content-range", "content-digest", "repr-digest"];

const textOf = ({ headers }: Response, name: string): string => String(headers[name] ?? "");

/** A 304 stands for a response whose type it need not say. */
const isCompressible = (response: Response): boolean => {
  const type = textOf(response, "content-type");
  return compressible.test(type) || (type === "" && response.status === 304);
};

/** Whether it could be compressed, for a client that takes it so. */
const isOpen = (response: Response): boolean =>
  response.headers !== undefined &&
  ![204, 205, 206].includes(response.status) &&
  isCompressible(response) &&
  !binding.some((name) => name in response.headers) &&
  !/\bno-transform\b/i.test(textOf(response, "cache-control"));

/** What browsers send along by themselves, also for another site. */
const hasCredentials = (request: Request): boolean =>
  headerOf(request, "cookie") !== undefined ||
  /^(?:basic|digest|negotiate)\b/i.test(headerOf(request, "authorization") ?? "");

/**
 * Whether another site had this asked for in its visitor's name. It might learn the secrets of the response by how
 * well they are compressed beside what it had reflected: BREACH, breachattack.com. Files reflect nothing.
 */
const isExposed = (request: Request, response: Response): boolean =>
  headerOf(request, "sec-fetch-site") === "cross-site" &&
  hasCredentials(request) &&
  !isFile(response.body) &&
  !/\bpublic\b/i.test(textOf(response, "cache-control"));

/** An ETag of the bytes as they are is too strong for others that mean the same: RFC 9110 section 8.8.1. */
const weak = (etag: string): string => (etag.startsWith("W/") ? etag : `W/${etag}`);

/** A 304 has the ETag of the response that it stands for: the weak one, where that is what the client holds. */
function revalidated(response: Response, request: Request): Response {
  const headers = vary(response.headers, "accept-encoding");
  const etag = weak(textOf(response, "etag"));
  const isHeld = "etag" in headers && headerOf(request, "if-none-match")?.includes(etag);
  return { ...response, headers: isHeld ? merged(headers, { etag }) : headers };
}

/** What would be untrue of the compressed bytes, or of any part of them. */
const untrue = new Set(["content-length", "accept-ranges"]);

function codedHeaders(headers: ResponseHeaders, encoding: string): ResponseHeaders {
  const { etag } = headers;
  const changed = { "content-encoding": encoding };
  const own = typeof etag === "string" ? { ...changed, etag: weak(etag) } : changed;
  return merged(omitted(headers, untrue), own);
}

/** A file is opened when its first piece is asked for; one that is cut short meanwhile fails. */
async function* piecesOf(file: FileBody): AsyncGenerator<Uint8Array> {
  const content = await openFile(file);
  if (content instanceof Uint8Array) yield content;
  else yield* unabridged(content);
}

function codedBody(body: ResponseBody, coding: Coding): Awaitable<ResponseBody> {
  if (typeof body === "string" || body instanceof Uint8Array) return compressed(body, coding);
  return compressing(readable(isFile(body) ? piecesOf(body) : body), coding);
}

/** Compresses a response as the client likes best; one of HEAD, whose body is gone, by its headers alone. */
function negotiated(response: Response, request: Request, options: CompressionOptions): Awaitable<Response> {
  const { threshold = 1024, encodings = available } = options;
  const { headers, body } = response;
  const length = lengthOf(body) ?? headers["content-length"];
  if (Number(length) < threshold) return response;
  const varied = { ...response, headers: vary(headers, "accept-encoding") };
  const encoding = acceptedEncoding(headerOf(request, "accept-encoding"), encodings) ?? "identity";
  const coding = codings[encoding as Encoding];
  if (coding === undefined || isExposed(request, response)) return varied;
  const coded = { ...varied, headers: codedHeaders(varied.headers, encoding) };
  if (body === undefined || body === null) return coded;
  return then(codedBody(body, coding), (body) => ({ ...coded, body }));
}

/** A response whose file has a size; null where there is no such file, which is for whoever sends it to say. */
async function measured(response: Response, { file }: FileBody): Promise<Response | null> {
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? { ...response, body: new SentFile(file, found.size) } : null;
}

/**
 * Compresses a response whose type grows smaller, says that it depends on `accept-encoding`, and makes its ETag weak. The
 * answer is a promise where the body is long, or a file of unknown size.
 */
export function compressionResponse(
  response: Response,
  request: Request,
  options: CompressionOptions = {},
): Awaitable<Response> {
  const { body } = response;
  if (!isOpen(response)) return response;
  if (response.status === 304) return revalidated(response, request);
  if (request.method === "HEAD") return negotiated(headResponse(response) as Response, request, options);
  if (isFile(body) && body.size === undefined) {
    return measured(response, body).then((sized) =>
      sized === null ? response : negotiated(sized, request, options),
    );
  }
  return typeof body === "string" || isFile(body) || isBody(body)
    ? negotiated(response, request, options)
    : response;
}

const names: readonly unknown[] = ["br", "zstd", "gzip"];

/** The codings asked for that this Node has. */
function offered(encodings: unknown): readonly Encoding[] {
  if (
    !Array.isArray(encodings) ||
    encodings.length === 0 ||
    !encodings.every((name) => names.includes(name))
  ) {
    throw wrong("withCompression", 'an array of "br", "zstd" and "gzip" as "encodings"', encodings);
  }
  return encodings.filter((name) => available.includes(name));
}

/**
 * Compresses responses for clients that take it: text, JSON, XML, SVG, scripts, fonts and the like, whole or as they
 * stream. What another site asks for with the credentials of its visitor stays as it is, unless it is public.
 *
 * - `threshold`: bytes from which on a body is compressed, where its length is known (1024)
 * - `encodings`: the codings on offer, the one that you like best first (`["br", "zstd", "gzip"]`; zstd where Node
 *   has it)
 *
 * `decorate(app, withNotModified(), withCompression())`
 *
 * Source: RFC 9110 sections 8.4 and 12.5.3.
 * @throws TypeError for wrong options.
 */
export function withCompression(options: CompressionOptions = {}): Decorator {
  checkNames("withCompression", options, ["threshold", "encodings"]);
  const { threshold = 1024, encodings = available } = options;
  if (!Number.isSafeInteger(threshold) || threshold < 0) {
    throw wrong("withCompression", 'a whole number of bytes as "threshold"', threshold);
  }
  const settings = { threshold, encodings: offered(encodings) };
  return around(undefined, (response, request) => compressionResponse(response, request, settings));
}
