/** A prefix as a decorator. Source: Compojure 0.3, compojure/http/middleware.clj (with-context). */
import { context } from "../routes.js";
import type { Decorator } from "../types.js";

/**
 * Puts a handler under a prefix, as `context` does for several; a request outside the prefix is not its own.
 *
 * `decorate(blog, withContext("/blog"))`
 */
export function withContext(path: string | RegExp): Decorator {
  // Checked now, and not only when the decorator is used.
  context(path);
  return (handler) => context(path, handler);
}
