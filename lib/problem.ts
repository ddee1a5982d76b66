/** Errors for programs to read: problem details, RFC 9457. */
import { statusPhrase } from "./text/status.js";
import type { JsonMap, Response } from "./types.js";

export const problemType = "application/problem+json";

/**
 * A response with the details of a problem; its title is the status's phrase, so its type is `about:blank`
 * (section 4.2.1).
 *
 * `problem(422, { detail: "The form has 2 errors", issues })`
 */
export const problem = (status: number, details: JsonMap = {}): Response => ({
  status,
  headers: { "content-type": problemType },
  body: JSON.stringify({ title: statusPhrase(status), status, ...details }),
});
