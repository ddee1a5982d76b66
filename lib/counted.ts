/** Bodies whose bytes are counted as they pass. */
import { pipeline, type Readable, Transform } from "node:stream";
import { isBody, isStream, readable } from "./bodies.js";
import type { Response } from "./types.js";

/** As a stream; undefined for what the edge would refuse, or send whole. */
function streamOf(body: Response["body"]): Readable | undefined {
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof Blob) return undefined;
  if (!isBody(body) || (isStream(body) && !body.readable)) return undefined;
  return body instanceof ReadableStream && body.locked ? undefined : readable(body);
}

const sizeOf = (chunk: unknown): number =>
  typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.byteLength(chunk) : 0;

/**
 * A body that comes in pieces, each of which is told to `add` when it is taken; any other body as it is. It waits where
 * its reader does, fails where the body fails, and destroys it when it is destroyed.
 */
export function counted(body: Response["body"], add: (bytes: number) => void): Response["body"] {
  const source = streamOf(body);
  if (source === undefined) return body;
  const counter = new Transform({
    objectMode: source.readableObjectMode,
    decodeStrings: false,
    transform(chunk, _encoding, done) {
      add(sizeOf(chunk));
      done(null, chunk);
    },
    // Left to the pipeline, a client that leaves would look like a failure of the source.
    destroy(error, done) {
      if (!source.readableEnded) source.destroy(error ?? undefined);
      done(error);
    },
  });
  return pipeline(source, counter, () => {});
}
