/** Middleware of Connect and Express as decorators. Source: https://github.com/senchalabs/connect#readme */
import { wrong } from "../errors.js";
import { whole } from "../request.js";
import type { Decorator } from "../types.js";
import { type ConnectMiddleware, takeTurn } from "./connect/turn.js";

export type { ConnectMiddleware, ConnectNext } from "./connect/turn.js";

/**
 * Makes a decorator of middleware of Connect or Express, or of a whole app of theirs. What it sets on Node's request
 * stands in `request.raw.req`; what it does to the response is plain data in the response map.
 *
 * Errors: what it throws or gives to `next`, with the `status` that it has.
 *
 * `decorate(app, fromConnect(helmet()))`
 *
 * @throws TypeError for what is no middleware, and for error handlers, which have four parameters.
 */
export function fromConnect(middleware: ConnectMiddleware): Decorator {
  if (typeof middleware !== "function") {
    throw wrong("fromConnect", "middleware: a function (req, res, next)", middleware);
  }
  if (middleware.length > 3) {
    const hint = "Errors are answered by withErrors, or caught around the handler";
    throw wrong("fromConnect", "middleware (req, res, next), no error handler", middleware, hint);
  }
  return (handler) => (request) => takeTurn(middleware, handler, whole(request));
}
