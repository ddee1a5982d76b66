/** Paths with and without a slash at their end. Source: Compojure 0.3, compojure/http/middleware.clj. */
import { around } from "../decorate.js";
import { pathOf } from "../request.js";
import type { Decorator, Request } from "../types.js";
import { pathRequest } from "./uri-rewrite.js";

/** The path without the slashes at its end; found from behind, since an expression would look at each slash. */
function trimmed(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** The request with a path that does not end with a slash, but for "/" itself. */
export function trailingSlashRequest(request: Request): Request {
  const path = pathOf(request);
  return path.length > 1 && path.endsWith("/") ? pathRequest(request, trimmed(path)) : request;
}

/** Lets `/about/` be matched as `/about`: `decorate(app, ignoreTrailingSlash())`. */
export const ignoreTrailingSlash = (): Decorator => around(trailingSlashRequest);
