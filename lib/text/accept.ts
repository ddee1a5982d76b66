/** What a client would rather have, by the fields that say so: RFC 9110 section 12.5. */
import Negotiator from "negotiator";

/**
 * The media type that a client likes best, of those offered; among equals the first. Undefined where it accepts
 * none of them.
 *
 * `acceptedType("text/html, application/*;q=0.1", ["application/json", "text/html"])` is `"text/html"`
 */
export const acceptedType = (accept: string | undefined, offered: readonly string[]): string | undefined =>
  new Negotiator({ headers: { accept } }).mediaType(offered);

/**
 * The content coding that a client likes best, of those offered; among equals the first. `"identity"` is offered in
 * any case; undefined where a client refuses even that.
 *
 * `acceptedEncoding("gzip, br", ["br", "gzip"])` is `"br"`
 */
export const acceptedEncoding = (
  accept: string | undefined,
  offered: readonly string[],
): string | undefined =>
  new Negotiator({ headers: { "accept-encoding": accept } }).encoding([...offered, "identity"], {
    preferred: [...offered],
  });
