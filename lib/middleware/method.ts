/** The method that a form asks for, since browsers send GET and POST only. Source: Compojure 0.3, routes.clj. */
import type { Request } from "../types.js";

const allowed = new Set(["PUT", "PATCH", "DELETE"]);

/** A POST whose form has `_method` (PUT, PATCH or DELETE, name without case) counts as that method. */
export function methodRequest(request: Request): Request {
  if (request.method !== "POST") return request;
  const asked = request.formParams?._method ?? request.multipartParams?._method;
  if (typeof asked !== "string") return request;
  const method = asked.toUpperCase();
  return allowed.has(method) ? { ...request, method } : request;
}
