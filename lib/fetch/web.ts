/** The web's words for requests, responses and streams, which are also those of Node's globals. */
import type { Awaitable } from "../types.js";

export type WebRequest = globalThis.Request;
export type WebResponse = globalThis.Response;

/** What web frameworks, workers and edge platforms are made of. */
export type FetchHandler = (request: WebRequest) => Awaitable<WebResponse | null | undefined>;

export type Source = {
  readonly pieces: AsyncIterator<unknown>;
  /** Called when nobody wants the rest. */
  readonly cancel: () => void;
};

const bytes = (piece: unknown): unknown => (typeof piece === "string" ? Buffer.from(piece) : piece);

/** A web stream that asks for a piece when one is wanted, and not before. */
export function webStream({ pieces, cancel }: Source): ReadableStream {
  const pull = async (controller: ReadableStreamDefaultController) => {
    const { done, value } = await pieces.next();
    if (done) controller.close();
    else controller.enqueue(bytes(value));
  };
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}
