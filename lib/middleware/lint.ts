/** Checks both maps against the contract, in development. */
import { release } from "../bodies.js";
import { then } from "../decorate.js";
import { isDevelopment } from "../development.js";
import { lintRequest, lintUnchanged } from "../lint/request.js";
import { lintResponse } from "../lint/response.js";
import type { Decorator, Request, Response } from "../types.js";

/** Checks an answer, and that the request is still as it was; the body of one that is refused is let go of. */
function checked(response: Response | null, request: Request, before: Request): Response | null {
  try {
    lintUnchanged(request, before);
    return lintResponse(response);
  } catch (error) {
    release(response?.body);
    throw error;
  }
}

/**
 * In development (`NODE_ENV=development`) checks each request map on its way in and each response map on its way
 * out: a `TypeError` says which key is wrong, what it may be, what it is, and on which side of withLint it was made.
 * Anywhere else it gives the handler back as it is.
 *
 * `decorate(app, withLint(), withErrors())`
 *
 * Source: Ring, ring/middleware/lint.clj.
 */
export function withLint(): Decorator {
  if (!isDevelopment()) return (handler) => handler;
  return (handler) => (request) => {
    const before = { ...lintRequest(request) };
    return then(handler(request), (response) => checked(response, request, before));
  };
}
