/** Reading request bodies: once per stream, counted in real bytes. */
import { isPromise, then } from "./decorate.js";
import { httpError } from "./errors.js";
import { gathering } from "./gather.js";
import { headerOf } from "./request.js";
import { parseForm } from "./text/form.js";
import type { Awaitable, Request, RequestBody } from "./types.js";

type Chunk = string | Uint8Array;

/** What has been read of a stream, so that whoever asks again gets the same bytes. */
const reads = new WeakMap<object, Awaitable<Buffer>>();

const tooLarge = (limit: number): Error =>
  httpError(413, `The request body is larger than ${limit} bytes`, { headers: { connection: "close" } });

const cutShort = (cause?: unknown): Error =>
  httpError(400, "The request body ended before it was complete", cause === undefined ? {} : { cause });

const bytesOf = (chunk: Chunk): Uint8Array => (typeof chunk === "string" ? Buffer.from(chunk) : chunk);

type Stream = NodeJS.ReadableStream & { readonly readableEnded?: boolean; readonly destroyed?: boolean };

const isStream = (body: RequestBody): body is Stream =>
  typeof (body as { pipe?: unknown }).pipe === "function";

/** Reads by events, since leaving a `for await` early destroys the connection before the 413 is sent. */
function readStream(stream: Stream, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { add, all } = gathering(limit, () => tooLarge(limit));
    const settle = (done: () => void) => {
      stream.off("data", data).off("end", end).off("error", fail).off("close", close);
      done();
    };
    const data = (chunk: Chunk) => {
      try {
        add(bytesOf(chunk));
      } catch (error) {
        settle(() => reject(error));
        stream.resume();
      }
    };
    const end = () => settle(() => resolve(all()));
    const fail = (error: Error) => settle(() => reject(cutShort(error)));
    const close = () => settle(() => reject(cutShort()));
    if (stream.readableEnded || stream.destroyed) return close();
    stream.on("data", data).on("end", end).on("error", fail).on("close", close);
  });
}

async function readAsync(chunks: AsyncIterable<Chunk>, limit: number): Promise<Buffer> {
  const { add, all } = gathering(limit, () => tooLarge(limit));
  for await (const chunk of chunks) add(bytesOf(chunk));
  return all();
}

function readIterable(chunks: Iterable<Chunk>, limit: number): Buffer {
  const { add, all } = gathering(limit, () => tooLarge(limit));
  for (const chunk of chunks) add(bytesOf(chunk));
  return all();
}

function read(body: Exclude<RequestBody, Chunk>, limit: number): Awaitable<Buffer> {
  if (isStream(body)) return readStream(body, limit);
  return Symbol.asyncIterator in body ? readAsync(body, limit) : readIterable(body, limit);
}

const within =
  (limit: number) =>
  (bytes: Uint8Array): Uint8Array => {
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  };

/**
 * The bytes of a request's body, at most `limit` of them; at once where the body is text or bytes. A stream is
 * read once, whoever asks.
 *
 * @throws an error of status 413 past the limit, 400 where the body ends before it is complete.
 */
export function readBody(request: Request, limit: number): Awaitable<Uint8Array> {
  const { body } = request;
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string" || body instanceof Uint8Array) return within(limit)(bytesOf(body));
  let bytes = reads.get(body);
  if (bytes === undefined) {
    bytes = read(body, limit);
    reads.set(body, bytes);
    if (isPromise(bytes)) bytes.then(undefined, () => {});
  }
  return then(bytes, within(limit));
}

/** The media type of a request's body in lower case, without its parameters. */
export const mediaType = (request: Request): string =>
  (headerOf(request, "content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();

/** Whether the `charset` parameter of the content type (RFC 9110 section 8.3) lets the body be read as UTF-8. */
export const isUtf8 = (request: Request): boolean =>
  ["utf-8", "utf8", "us-ascii"].includes(
    (
      /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headerOf(request, "content-type") ?? "")?.[1] ?? "utf-8"
    ).toLowerCase(),
  );

/** One mebibyte, the limit of a form. */
export const formLimit = 1024 * 1024;

const utf8 = new TextDecoder();

/**
 * Adds `formParams` where the request carries an urlencoded form, and puts the bytes read in place of the body, so
 * that an app mounted inside can parse them again. Any other request is left alone.
 */
export function formRequest(request: Request, limit = formLimit): Awaitable<Request> {
  if (request.body === undefined || request.formParams !== undefined) return request;
  if (mediaType(request) !== "application/x-www-form-urlencoded") return request;
  if (!isUtf8(request)) throw httpError(415, "A form is expected in UTF-8");
  return then(readBody(request, limit), (body) => ({
    ...request,
    body,
    formParams: parseForm(utf8.decode(body)),
  }));
}
