/** Telling what happens to requests on a channel of node:diagnostics_channel, for tracing. */
import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import { isPromise } from "./decorate.js";
import { type Awaitable, type Handler, noted, type Request, type Response } from "./types.js";

/** What subscribers of `composure:request` are told; the same object in all events of a request. */
export type RequestTrace = {
  readonly request: Request;
  /** Once it is there: what the handler answered. */
  response?: Response | null;
  /** From then on: the pattern of the route that matched. */
  route?: string | undefined;
  error?: unknown;
};

type Channel = TracingChannel<RequestTrace, RequestTrace>;

function trace({ start, end, asyncStart, asyncEnd, error }: Channel, handler: Handler, request: Request) {
  const told: RequestTrace = { request };
  const answered = (response: Response | null): Response | null => {
    told.response = response;
    told.route = request[noted]?.route;
    return response;
  };
  const failed = (cause: unknown): never => {
    told.error = cause;
    told.route = request[noted]?.route;
    error.publish(told);
    throw cause;
  };
  const later =
    <T>(step: (value: T) => Response | null) =>
    (value: T): Response | null => {
      try {
        return step(value);
      } finally {
        asyncStart.publish(told);
        asyncEnd.publish(told);
      }
    };
  return start.runStores(told, (): Awaitable<Response | null> => {
    try {
      const answer = handler(request);
      return isPromise(answer) ? answer.then(later(answered), later(failed)) : answered(answer);
    } catch (cause) {
      return failed(cause);
    } finally {
      end.publish(told);
    }
  });
}

/**
 * Tells of each request on the tracing channel `composure:request`: `start`; `end`; `error` where it fails; where it
 * takes a promise `asyncStart` and `asyncEnd`. Nothing is done while nobody listens.
 *
 * Source: https://nodejs.org/api/diagnostics_channel.html#tracingchannel-channels
 */
export function traced(handler: Handler): Handler {
  const channel: Channel = tracingChannel("composure:request");
  return (request) => (channel.hasSubscribers ? trace(channel, handler, request) : handler(request));
}
