/** Server-sent events: an iterable as a response that stays open. */
import { Readable } from "node:stream";
import { heard, release } from "./bodies.js";
import { checkNames, wrong } from "./errors.js";
import { type EventItem, eventText, retryOf } from "./text/event.js";
import type { ResponseMap } from "./types.js";

export type EventsOptions = {
  /** Seconds of silence after which a comment is sent, so that nobody on the way takes the connection for dead; 15 by default, false for none. */
  readonly heartbeat?: number | false | undefined;
  /** Seconds after which a client whose connection broke comes back; the browser's own (about 3) by default. */
  readonly retry?: number | undefined;
};

/** Where items come from: an iterable or async iterable, such as a generator or a stream. */
export type EventItems = AsyncIterable<EventItem> | Iterable<EventItem>;

type Items = AsyncIterator<EventItem> | Iterator<EventItem>;

/** The pulse of a stream: comments while it is silent, unless there are bytes that the client has not taken yet. */
const pulseOf = (stream: Readable, seconds: number): NodeJS.Timeout =>
  setInterval(() => stream.readableLength === 0 && stream.push(":\n\n"), seconds * 1000).unref();

const iteratorOf = (source: EventItems): Items =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();

/** Begins when it is read first, asks for one item at a time, and ends the source when it is destroyed. */
function streamOf(source: EventItems, { heartbeat = 15, retry }: EventsOptions): Readable {
  let items: Items | undefined;
  let pulse: NodeJS.Timeout | undefined;
  let state: "idle" | "asking" | "over" = "idle";

  const begin = (): Items => {
    if (heartbeat !== false) pulse = pulseOf(stream, heartbeat);
    if (retry !== undefined) stream.push(`${retryOf(retry)}\n`);
    return iteratorOf(source);
  };
  const take = ({ done, value }: IteratorResult<EventItem>): void => {
    state = done ? "over" : "idle";
    if (done) clearInterval(pulse);
    else pulse?.refresh();
    stream.push(done ? null : eventText(value));
  };
  /** There is one promise of the next item, however long it takes; beats of the pulse add no listeners to it. */
  const ask = async (): Promise<void> => {
    try {
      items ??= begin();
      take(await items.next());
    } catch (error) {
      stream.destroy(error as Error);
    }
  };
  const leave = async (): Promise<void> => {
    clearInterval(pulse);
    release(source);
    if (state !== "over") await items?.return?.();
  };
  const stream = new Readable({
    read() {
      if (state !== "idle") return;
      state = "asking";
      ask();
    },
    destroy(error, done) {
      leave().then(
        () => done(error),
        (fault) => done(error ?? fault),
      );
    },
  });
  return stream;
}

/** The longest time that Node's timers know, in seconds. */
const longest = (2 ** 31 - 1) / 1000;

function checkOptions(options: EventsOptions): void {
  checkNames("events", options, ["heartbeat", "retry"]);
  const { heartbeat = false, retry } = options;
  const isTime = typeof heartbeat === "number" && heartbeat > 0 && heartbeat <= longest;
  if (!isTime && heartbeat !== false) {
    throw wrong("events", '"heartbeat" to be a number of seconds, or false', heartbeat);
  }
  if (retry !== undefined) retryOf(retry);
}

const isIterable = (source: unknown): source is EventItems =>
  typeof source === "object" &&
  source !== null &&
  (Symbol.asyncIterator in source || Symbol.iterator in source);

const asSource = (source: EventItems): EventItems =>
  source instanceof ReadableStream ? Readable.fromWeb(source, { objectMode: true }) : source;

/**
 * Server-sent events, for a browser's `EventSource`: an update whose body sends the items of an iterable as they come,
 * as fast as the client takes them. An item is text or a map of `event`, `data`, `id` and `retry` (in seconds).
 *
 * - `heartbeat`: seconds of silence after which a comment is sent (15; false for none)
 * - `retry`: seconds after which a client whose connection broke comes back (the browser's own)
 *
 * `GET("/news", (request) => events(news(request.signal, request.headers["last-event-id"])))`
 *
 * When the client leaves, the iterable's `return` is called. A generator that is waiting hears of it only when that is
 * over: give it `request.signal`.
 *
 * Source: the HTML standard, section 9.2.
 * @throws TypeError for what is no iterable, and for wrong options; an item that is none ends the stream.
 */
export function events(source: EventItems, options: EventsOptions = {}): ResponseMap {
  if (!isIterable(source)) {
    const hint = typeof source === "function" ? "Call it: events(news(request.signal))" : "";
    throw wrong("events", "an iterable or async iterable of items", source, hint);
  }
  checkOptions(options);
  return {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    body: streamOf(heard(asSource(source)), options),
  };
}
