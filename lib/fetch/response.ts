/** Making a web response of a response map. */
import { addAbortSignal, pipeline, type Readable } from "node:stream";
import { isFile, readable, release } from "../bodies.js";
import { announced, isBare, isFraming, lengthOfNothing } from "../framing.js";
import { headResponse } from "../middleware/head.js";
import { exactly, openFile } from "../pieces.js";
import { isTakeover, sendable } from "../sendable.js";
import type { Request, Response, ResponseBody, ResponseHeaders } from "../types.js";
import { type WebResponse, webStream } from "./web.js";

/** What becomes of a body that fails after the response has begun. */
export type Failed = (error: unknown) => void;

type Sent = { readonly body: Uint8Array | ReadableStream | null; readonly length: number | undefined };

/** A stream that is destroyed when nobody wants the rest: it was cancelled, or the client has left. */
function streamed(
  source: Readable,
  length: number | undefined,
  signal: AbortSignal | undefined,
  failed: Failed,
) {
  const output = exactly(length);
  let isCancelled = false;
  pipeline(source, output, (error) => {
    if (error && !isCancelled) failed(error);
  });
  if (signal !== undefined) addAbortSignal(signal, output);
  const cancel = () => {
    isCancelled = true;
    output.destroy();
  };
  return webStream({ pieces: output[Symbol.asyncIterator](), cancel });
}

const whole = (bytes: Uint8Array): Sent => ({ body: bytes, length: bytes.byteLength });

async function sent(
  body: ResponseBody,
  headers: ResponseHeaders,
  { signal }: Request,
  failed: Failed,
): Promise<Sent> {
  // Text goes as bytes: for text the web would add a content type of its own.
  if (typeof body === "string") return whole(Buffer.from(body));
  if (body instanceof Uint8Array) return whole(body);
  if (isFile(body)) {
    const content = await openFile(body);
    if (content instanceof Uint8Array) return whole(content);
    return { body: streamed(content.source, content.size, signal, failed), length: content.size };
  }
  const length = body instanceof Blob ? body.size : announced(headers);
  return { body: streamed(readable(body), length, signal, failed), length };
}

/** The fields of a response, those of its framing but for the length that it has. */
function fieldsOf(headers: ResponseHeaders, length: number | undefined): Headers {
  const fields = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (!isFraming(name)) for (const each of [value].flat()) fields.append(name, each);
  }
  if (length !== undefined) fields.set("content-length", String(length));
  return fields;
}

/** A response that wants the connection would else be an empty one, and nobody would know why. */
function checkUpgrade(response: Response): void {
  if (!isTakeover(response)) return;
  throw new Error(
    "toFetch: a web response cannot take its connection over, as WebSockets do. Serve them by serve",
  );
}

/**
 * The web response of a response map, by the rules of the edge.
 *
 * @throws where it cannot be sent; its body is let go of.
 */
export async function webResponse(
  request: Request,
  response: Response,
  failed: Failed,
): Promise<WebResponse> {
  try {
    const isHead = request.method === "HEAD";
    const complete = sendable(response);
    checkUpgrade(complete);
    const answer = isHead ? (headResponse(complete) as Response) : complete;
    const { status, headers } = answer;
    const body = isBare(status) ? null : (answer.body ?? null);
    if (body !== answer.body) release(answer.body);
    const nothing = (): Sent => ({ body: null, length: lengthOfNothing(answer, isHead) });
    const { length, ...init } = body === null ? nothing() : await sent(body, headers, request, failed);
    return new globalThis.Response(init.body, { status, headers: fieldsOf(headers, length) });
  } catch (error) {
    release(response?.body);
    throw error;
  }
}
