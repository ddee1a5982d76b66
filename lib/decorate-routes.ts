/** Decorators of a group of routes, which leave alone what the group does not answer. */
import { decorate } from "./decorate.js";
import { type Decorator, type Handler, type Request, within } from "./types.js";

/**
 * Decorators that run only once a route inside has matched; the request that they see has its parameters and its
 * `route`.
 *
 * `decorateRoutes(routes(GET("/account", account)), withLogin())`
 *
 * Source: Compojure's `wrap-routes`, compojure/core.clj.
 */
export function decorateRoutes(handler: Handler, ...decorators: readonly Decorator[]): Handler {
  const decorated = decorate(
    (request) => innermost(request)({ ...request, [within]: undefined }),
    ...decorators,
  );
  return (request) => {
    const outer = request[within];
    const run = (seen: Request, respond: Handler) => {
      const inner: Handler = (given) => decorated({ ...given, [within]: { pattern: "", respond } });
      return outer?.run === undefined ? inner(seen) : outer.run(seen, inner);
    };
    return handler({ ...request, [within]: { pattern: outer?.pattern ?? "", run } });
  };
}

/** What stands inside the decorators of a decorated group: the route that matched. */
function innermost(request: Request): Handler {
  const respond = request[within]?.respond;
  if (respond !== undefined) return respond;
  throw new TypeError(
    "decorateRoutes: expected its decorators to pass on the request they got, or a spread of it",
  );
}
