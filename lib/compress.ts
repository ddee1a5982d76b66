/** Compressing bodies, at once or piece by piece. */
import { pipeline, Readable } from "node:stream";
import { isPiece } from "./bodies.js";
import type { Coder, Coding } from "./compress/codings.js";
import { wrong } from "./errors.js";
import type { Awaitable } from "./types.js";

/** Up to this many bytes a thread costs the event loop more than compressing by itself. */
const small = 16 * 1024;

/** The bytes compressed: at once where they are few, else a promise. */
export const compressed = (bytes: string | Uint8Array, coding: Coding): Awaitable<Uint8Array> =>
  bytes.length <= small ? coding.atOnce(bytes) : coding.inThread(bytes);

/** Passes pieces on, and flushes once nothing more is at hand: no piece waits for the next one. */
async function* flushing(source: AsyncIterable<unknown>, coder: Coder, kind: number) {
  let isDue = false;
  const flush = () => {
    isDue = false;
    coder.flush(kind);
  };
  for await (const piece of source) {
    if (!isPiece(piece)) throw wrong("the response", "a stream of text or bytes", piece);
    if (!isDue) setImmediate(flush);
    isDue = true;
    yield piece;
  }
}

/**
 * A stream compressed. It begins when it is read first, and ends with its source: one that fails fails it, and where
 * it is destroyed its source is.
 */
export function compressing(source: Readable, { stream, flush }: Coding): Readable {
  let coder: Coder | undefined;
  const begin = (): Coder => {
    const coder = stream();
    coder.on("data", (bytes) => to.push(bytes) || coder.pause());
    coder.on("end", () => to.push(null));
    pipeline(
      source,
      (pieces) => flushing(pieces, coder, flush),
      coder,
      (error) => error && to.destroy(error),
    );
    return coder;
  };
  const to = new Readable({
    read() {
      coder ??= begin();
      coder.resume();
    },
    destroy(error, done) {
      source.destroy();
      coder?.destroy();
      done(error);
    },
  });
  return to;
}
