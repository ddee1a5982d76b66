/** Another path than the one asked for. Source: Compojure 0.3, compojure/http/middleware.clj (with-uri-rewrite). */
import { wrong } from "../errors.js";
import { pathOf } from "../request.js";
import type { Decorator, Request } from "../types.js";

/** The request with another path: what is left of it inside a context, else the whole. */
export const pathRequest = (request: Request, path: string): Request =>
  request.pathInfo === undefined ? { ...request, uri: path } : { ...request, pathInfo: path };

/** The request with the path that `rewrite` makes of its own; null where it makes none. */
export function uriRewriteRequest(
  request: Request,
  rewrite: (path: string) => string | null,
): Request | null {
  const path = rewrite(pathOf(request));
  if (path === null || path === undefined) return null;
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw wrong("withUriRewrite", 'its function to give a path that starts with "/", or null', path);
  }
  return pathRequest(request, path);
}

/**
 * Rewrites the path that patterns match by a function of the path; where that gives null, the handler is not called.
 *
 * `decorate(app, withUriRewrite((path) => path.replace(/^\/en\//, "/")))`
 */
export function withUriRewrite(rewrite: (path: string) => string | null): Decorator {
  if (typeof rewrite !== "function") throw wrong("withUriRewrite", "a function from path to path", rewrite);
  return (handler) => (request) => {
    const rewritten = uriRewriteRequest(request, rewrite);
    return rewritten === null ? null : handler(rewritten);
  };
}
