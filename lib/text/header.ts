/** The grammar of header fields: RFC 9110 sections 5.1 and 5.5. */
import { wrong } from "../errors.js";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Node writes header values as latin1; anything else must be encoded first. */
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether it can be the name of a field, or of a method: RFC 9110 section 5.6.2. */
export const isToken = (text: unknown): text is string => typeof text === "string" && token.test(text);

/** A field name in lower case, or a TypeError. */
export function headerName(who: string, name: unknown): string {
  if (!isToken(name)) {
    throw wrong(who, "a header name of letters, digits and -", name);
  }
  return name.toLowerCase();
}

/** A field value without control characters, or a TypeError. */
export function headerValue(who: string, text: unknown): string {
  if (typeof text !== "string" || !value.test(text)) {
    throw wrong(who, "a header value without control characters, in latin1", text, "Encode what is beyond");
  }
  return text;
}
