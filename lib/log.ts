/** Where errors are reported. */
import { isPromise } from "./decorate.js";
import { type Failure, failureOf } from "./failure.js";
import type { Request } from "./types.js";

/** Where errors are reported: one line that says what failed, and the error with its stack and cause. */
export type Log = (line: string, error: unknown) => void;

/** The line goes in as an argument, since console.error takes the `%` of an escaped path for its own. */
export const logToConsole: Log = (line, error) => console.error("%s", line, error);

/** In plain text, since a strange error may be what the log failed of. */
const logFailed = (line: string, fault: unknown): void =>
  console.error("%s (the log failed: %s)", line, failureOf(fault).text);

/** Reports an error; a log that fails is told of on the console and disturbs nothing else. */
export function report(log: Log, line: string, error: unknown): void {
  try {
    const logged: unknown = log(line, error);
    if (isPromise(logged)) logged.then(undefined, (fault) => logFailed(line, fault));
  } catch (fault) {
    logFailed(line, fault);
  }
}

/** Whether it only says that the client is gone, which is no failure of ours. */
function isLeaving(error: unknown, { name, code }: Failure, signal: AbortSignal | undefined): boolean {
  return (
    signal?.aborted === true && (error === signal.reason || name === "AbortError" || code === "ECONNRESET")
  );
}

const reported = new WeakSet<object>();

/** Notes that an error was reported where it happened, so that it is not reported again for each request it ends. */
export function noteReported<Fault extends object>(error: Fault): Fault {
  reported.add(error);
  return error;
}

export const isReported = (error: unknown): boolean => reported.has(error as object);

/** Reports an error that becomes a response of status 500 or more; the client's own mistakes are not reported. */
export function logError(
  log: Log,
  error: unknown,
  request: Pick<Request, "method" | "uri" | "signal">,
): void {
  const failure = failureOf(error);
  if (failure.status < 500 || isReported(error) || isLeaving(error, failure, request.signal)) return;
  report(log, `${request.method} ${request.uri}: ${failure.text}`, error);
}
