/** Response bodies that come in pieces, and what sends them as fast as the client takes them. */
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, type Readable, Transform } from "node:stream";
import { isPiece } from "../bodies.js";
import { wrong } from "../errors.js";
import { failureOf } from "../middleware/errors.js";

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
