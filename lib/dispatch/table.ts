/** What stands in a routing table, and asking it in its order. */
import { isPromise } from "../decorate.js";
import type { Indexed } from "../dispatch.js";
import { type Awaitable, noted, type Request, type Response } from "../types.js";
import type { InOrder } from "./order.js";

/** It may answer, and tells the method under which it would have. */
export type Entry = Indexed & {
  readonly attempt: (request: Request, path: string) => Awaitable<Response | null | undefined>;
  /** The method of a route whose path matches; left out by what is no route. */
  readonly methodAt?: (request: Request, path: string) => string | undefined;
  /** Of a context. */
  readonly context?: { readonly path: string | RegExp; readonly inside: readonly Entry[] };
};

/** Whether a route of this method answers what is asked by that one. */
export const answers = (method: string, asked: string): boolean =>
  method === asked || method === "ANY" || (method === "GET" && asked === "HEAD");

/** Notes, for whoever turns null into a response, which methods this path would have answered. */
function noteMissed(entries: InOrder<Entry>, request: Request, path: string): null {
  const note = request[noted];
  if (note === undefined) return null;
  for (let i = 0, entry = entries.at(0); entry !== undefined; entry = entries.at(++i)) {
    const method = entry.methodAt?.(request, path);
    if (method === undefined) continue;
    if (answers(method, request.method)) note.declined = true;
    else note.allow.push(method);
  }
  return null;
}

/** What the first entry answers that does not pass the request on; where there is none, what would have is noted. */
export function firstAnswer(
  entries: InOrder<Entry>,
  from: number,
  request: Request,
  path: string,
): Awaitable<Response | null> {
  let i = from;
  for (let entry = entries.at(i); entry !== undefined; entry = entries.at(++i)) {
    const answer = entry.attempt(request, path);
    if (isPromise(answer)) {
      return answer.then(
        (response) => (response as Response | null) ?? firstAnswer(entries, i + 1, request, path),
      );
    }
    if (answer !== null && answer !== undefined) return answer as Response;
  }
  return noteMissed(entries, request, path);
}
