/** Origins, as browsers name them in the `origin` field: RFC 6454 section 6. */
import { parseHost } from "./host.js";

/** The parts of an origin that is written as browsers write it; undefined for anything else, such as `null`. */
function partsOf(origin: string): URL | undefined {
  if (!URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  return url.host !== "" && `${url.protocol}//${url.host}` === origin ? url : undefined;
}

/** Whether it is one origin, such as `https://a.example:8443`: no path, no slash at its end, no wildcard. */
export const isOrigin = (text: string): boolean => !text.includes("*") && partsOf(text) !== undefined;

/** Whether it is what a browser may send as `origin`: one origin, or `null` for pages of none, such as files. */
export const isOriginField = (text: unknown): text is string =>
  typeof text === "string" && (text === "null" || isOrigin(text));

/**
 * Whether an origin is that of a `host` header. The schemes are not compared, since a proxy may have taken TLS off; they
 * say which port is meant where none is named.
 *
 * `isOriginOf("https://a.example", "a.example:443")` is true
 */
export function isOriginOf(origin: string, host: string): boolean {
  const from = partsOf(origin);
  if (from === undefined || !/^https?:$/.test(from.protocol) || parseHost(host) === undefined) return false;
  const asked = `${from.protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === from.host;
}
