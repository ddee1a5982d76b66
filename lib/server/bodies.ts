/** What sends the body of a response as fast as the client takes it. */
import { pipeline, type Readable } from "node:stream";
import { failureOf } from "../failure.js";
import { exactly } from "../pieces.js";

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
