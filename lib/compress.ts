/** Compressing bodies, at once or piece by piece. */
import { pipeline, Readable, Writable } from "node:stream";
import { heard, isPiece } from "./bodies.js";
import type { Coder, Coding } from "./compress/codings.js";
import { wrong } from "./errors.js";
import type { Awaitable } from "./types.js";

/** Up to this many bytes a thread costs the event loop more than compressing by itself. */
const small = 16 * 1024;

/** The bytes compressed: at once where they are few, else a promise. */
export const compressed = (bytes: string | Uint8Array, coding: Coding): Awaitable<Uint8Array> =>
  bytes.length <= small ? coding.atOnce(bytes) : coding.inThread(bytes);

async function* checked(pieces: AsyncIterable<unknown>) {
  for await (const piece of pieces) {
    if (!isPiece(piece)) throw wrong("the response", "a stream of text or bytes", piece);
    yield piece;
  }
}

/**
 * Takes pieces in, each flushed so that none waits for the next one. Those that come while the coder works gather and
 * go in together, since each trip through it costs 30 µs and each flush some bytes.
 */
const inlet = (coder: Coder, kind: number): Writable =>
  new Writable({
    writev(pieces, done) {
      coder.write(Buffer.concat(pieces.map(({ chunk }) => chunk)));
      coder.flush(kind, done);
    },
    final(done) {
      coder.end();
      done();
    },
  });

/**
 * A stream compressed. It begins when it is read first, and shares the end of its source: where that fails it fails,
 * and where it is destroyed the source is.
 */
export function compressing(source: Readable, { stream, flush }: Coding): Readable {
  heard(source);
  let coder: Coder | undefined;
  const fail = (error?: Error | null) => error && to.destroy(error);
  const begin = (): Coder => {
    const coder = stream().on("error", fail);
    coder.on("data", (bytes) => to.push(bytes) || coder.pause());
    coder.on("end", () => to.push(null));
    pipeline(source, checked, inlet(coder, flush), fail);
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
