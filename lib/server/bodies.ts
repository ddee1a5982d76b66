/** Response bodies that come in pieces, and what sends them as fast as the client takes them. */
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, Readable, Transform } from "node:stream";
import { isBody, isStream } from "../bodies.js";
import { wrong } from "../errors.js";
import { failureOf } from "../failure.js";
import type { FileBody, ResponseBody } from "../types.js";

/** A body that is neither text nor bytes. */
export type Pieces = Exclude<ResponseBody, string | Uint8Array>;

export const isFile = (body: Pieces): body is FileBody => typeof (body as FileBody).file === "string";

function unread(stream: Readable): Readable {
  if (stream.readable !== false && !stream.errored) return stream;
  throw wrong("the response", "a stream that can still be read", stream, "It was read or destroyed before");
}

/** Any of these bodies as a stream of bytes. */
export function readable(body: Exclude<Pieces, FileBody>): Readable {
  if (!isBody(body)) {
    throw wrong("the response", "a body of text, bytes, a stream, an iterable, a blob, a file or null", body);
  }
  if (isStream(body)) return unread(body as Readable);
  if (body instanceof Blob) return Readable.fromWeb(body.stream());
  if (body instanceof ReadableStream) return Readable.fromWeb(body);
  return Readable.from(body, { objectMode: false });
}

/** Files up to this many bytes are read at once: a stream costs several times as much. */
const small = 64 * 1024;

/** What a file holds: all of it where that is little, else a stream and the size of the very file that it reads. */
export type Content = Uint8Array | { readonly source: Readable; readonly size: number };

async function readAll(handle: FileHandle): Promise<Uint8Array> {
  const bytes = await handle.readFile();
  await handle.close();
  return bytes;
}

/** Opens a file. */
export async function openFile(path: string): Promise<Content> {
  const handle = await open(path);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error(`Expected a file at ${path}, got a folder or device`);
    if (found.size <= small) return await readAll(handle);
    return { source: handle.createReadStream({ end: found.size - 1 }), size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const isPiece = (chunk: unknown): chunk is string | Uint8Array =>
  typeof chunk === "string" || chunk instanceof Uint8Array;

/**
 * Passes on text and bytes only, and exactly `length` of them where that is known: a response that is longer or
 * shorter than announced would be taken for part of the next one, or leave the client waiting.
 */
function exactly(length: number | undefined): Transform {
  let sent = 0;
  const misfit = () => new RangeError(`The body is not as long as its content-length, which is ${length}`);
  return new Transform({
    writableObjectMode: true,
    transform(chunk: unknown, _encoding, done) {
      if (!isPiece(chunk)) return done(wrong("the response", "a stream of text or bytes", chunk));
      sent += Buffer.byteLength(chunk);
      if (length !== undefined && sent > length) return done(misfit());
      done(null, chunk);
    },
    flush: (done) => done(length === undefined || sent === length ? null : misfit()),
  });
}

/** A client that leaves ends the stream before its time, which is no failure of the body. */
const isCut = (error: unknown): boolean => failureOf(error).code === "ERR_STREAM_PREMATURE_CLOSE";

type Pump = {
  readonly to: NodeJS.WritableStream;
  readonly length: number | undefined;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal | undefined;
  readonly failed: (error: unknown) => void;
};

/**
 * Sends a body piece by piece, waiting where the client is slow. It is destroyed when the client leaves; where it
 * fails, the response is destroyed and with it the connection, so that it never ends as if it were whole.
 */
export function pump(source: Readable, { to, length, signal, failed }: Pump): void {
  let left = false;
  const leave = () => {
    left = !source.readableAborted;
    source.destroy();
  };
  signal?.addEventListener("abort", leave);
  const over = (error: NodeJS.ErrnoException | null) => {
    signal?.removeEventListener("abort", leave);
    if (error && !(left && isCut(error))) failed(error);
  };
  if (length === undefined && !source.readableObjectMode) pipeline(source, to, over);
  else pipeline(source, exactly(length), to, over);
}
