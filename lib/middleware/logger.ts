/** One line for each request, when its response is over. */
import { rescue, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { report } from "../log.js";
import { boxed, errorResponse, openResponse } from "../open.js";
import { whenOver } from "../over.js";
import { isTakeover } from "../sendable.js";
import { combinedLine, jsonLine, type LogEntry } from "../text/log.js";
import { traced } from "../traced.js";
import type { Decorator, Handler, Request, Response } from "../types.js";
import { begun, entryOf, noteAnswer, noteEnd, wireOf } from "./visit.js";

export type { LogEntry } from "../text/log.js";

export type LoggerOptions = {
  /** How a line is written; "combined". */
  readonly format?: "combined" | "json" | ((entry: LogEntry, request: Request) => string) | undefined;
  /** What takes the lines; standard output. False: nothing does, and only events are published. */
  readonly sink?: ((line: string) => unknown) | false | undefined;
};

type Write = (entry: LogEntry, request: Request) => void;

/** A handler whose answers are seen, also those that the edge will make of null and errors. */
const watched = (handler: Handler, see: (response: Response) => Response): Handler =>
  rescue(
    (request: Request) =>
      then(handler(request), (response) => {
        const seen = see(response ?? openResponse(request));
        return response && seen;
      }),
    (error) => {
      see(errorResponse(error));
      throw error;
    },
  );

type Upgrade = NonNullable<Response["upgrade"]>;

/** Tells when a connection was handed over. Where that fails, the edge sends something else in its place. */
const telling =
  (upgrade: Upgrade, tell: () => void): Upgrade =>
  async (handover) => {
    await upgrade(handover);
    tell();
  };

/**
 * Logs when the response is over: over a wire when it was sent or cut, or its connection handed over; in a plain call
 * when it is there.
 */
function logged(handler: Handler, write: Write): Handler {
  return (request) => {
    const visit = begun(request);
    const wire = wireOf(request);
    let isLogged = false;
    const log = (isCut: boolean): void => {
      if (!isLogged) write(entryOf(visit, isCut), request);
      isLogged = true;
    };
    if (wire !== undefined) whenOver(wire.res, request.signal, () => isLogged || log(noteEnd(visit, wire)));
    return watched(handler, (response) => {
      const seen = noteAnswer(visit, response, wire);
      if (wire === undefined) log(false);
      if (wire === undefined || !isTakeover(seen)) return seen;
      return { ...seen, upgrade: telling(seen.upgrade, () => log(false)) };
    })(request);
  };
}

const formats = { combined: combinedLine, json: jsonLine };

/** What writes an entry; a format or sink that fails is told of on the console and disturbs nothing else. */
function writer({
  format = "combined",
  sink = (line) => console.log(line),
}: LoggerOptions): Write | undefined {
  if (typeof format !== "function" && !Object.hasOwn(formats, format)) {
    throw wrong("withLogger", '"combined", "json" or a function as "format"', format);
  }
  if (sink !== false && typeof sink !== "function") {
    throw wrong("withLogger", 'a function that takes a line, or false, as "sink"', sink);
  }
  if (sink === false) return undefined;
  const lineOf = typeof format === "function" ? format : formats[format];
  return (entry, request) =>
    report(() => sink(lineOf(entry, request)), `${entry.method} ${entry.path}`, undefined);
}

/**
 * Logs one line for each request, when its response was sent, or cut short; in a call without a server, when the answer is
 * there. Put it outside of `withErrors`, and inside of `withRequestId`.
 *
 * - `format`: `"combined"` (Apache's, then route, duration and id), `"json"`, or `(entry, request) => line`
 *   ("combined")
 * - `sink`: `(line) => …`, or false for no lines (standard output)
 *
 * It also publishes what happens to each request on the tracing channel `composure:request` of node:diagnostics_channel:
 * `{ request, response, route, error }`.
 *
 * `decorate(app, withErrors(), withLogger({ format: "json" }), withRequestId())`
 *
 * @throws TypeError for a wrong option.
 */
export function withLogger(options: LoggerOptions = {}): Decorator {
  checkNames("withLogger", options, ["format", "sink"]);
  const write = writer(options);
  return (handler) => {
    const inner = traced(handler);
    const outer = write === undefined ? inner : logged(inner, write);
    return (request) => outer(boxed(request));
  };
}
