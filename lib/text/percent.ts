/** Percent-encoded text, decoded once (RFC 3986 section 2.1). */
import { httpError } from "../errors.js";

/**
 * The text behind a percent-encoded one; `+` stays `+`.
 *
 * `decodePercent("caf%C3%A9")` is `"café"`
 *
 * @throws HttpError 400 where an escape is malformed, or its bytes are no UTF-8.
 */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    // The text itself stays out of the message, which is shown to whoever sent it, or was made to.
    throw httpError(400, "Malformed escape: expected % and two hex digits, the bytes of UTF-8 text", {
      cause,
    });
  }
}
