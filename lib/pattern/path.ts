/** Paths in the one form in which they are compared, and the text of a request that a pattern looks at. */
import { httpError } from "../errors.js";
import { headerOf, pathOf } from "../request.js";
import type { Request } from "../types.js";

/** What a pattern looks at: the path, `//host/path`, or `scheme://host/path`. */
export type About = "path" | "host" | "url";

/** A character that is not as itself in a path: RFC 3986, section 3.3 (and `?`, at which words end). */
const unusual = /[^\w\-.~!$&'()*+,;=:@/?]/;
const escapesAndUnusual = /%[\da-f]{2}|[^\w\-.~!$&'()*+,;=:@/?%]+/giu;

/** Half of a surrogate pair, which UTF-8 cannot hold. */
export const loneSurrogate = /\p{Surrogate}/u;

/** Letters, digits, - . _ ~ mean the same with and without escape: RFC 3986, section 6.2.2.2. */
const unreserved = /^[\w\-.~]$/;

function escaped(part: string): string {
  if (part.startsWith("%")) {
    const char = String.fromCharCode(Number.parseInt(part.slice(1), 16));
    return unreserved.test(char) ? char : part.toUpperCase();
  }
  if (loneSurrogate.test(part)) throw httpError(400, "The path is not valid Unicode");
  return encodeURIComponent(part);
}

/**
 * The encoded form in which literals and paths are compared: what may not stand in a path is percent-encoded, the
 * hex digits of escapes are in upper case, and what needs no escape has none: so what guards a path and what
 * answers it see the same. A malformed escape stays what it is.
 */
export const normal = (path: string): string =>
  unusual.test(path) ? path.replace(escapesAndUnusual, escaped) : path;

const port = /:\d*$/;

function hostOf(request: Request, withPort: boolean): string {
  const host = (headerOf(request, "host") ?? "").toLowerCase();
  return withPort ? host : host.replace(port, "");
}

/** The text of a request that a compiled pattern is matched against; the port is part of it only where the pattern names one. */
export function subjectOf(
  request: Request,
  compiled: { readonly about: About; readonly port: boolean },
): string {
  const path = normal(pathOf(request));
  if (compiled.about === "path") return path;
  const site = `//${hostOf(request, compiled.port)}${path}`;
  return compiled.about === "host" ? site : `${request.scheme ?? "http"}:${site}`;
}

const siteAndPath = /^([a-z]*:?\/\/[^/]*)(.*)$/is;

/** The same for a path or an address that is given as text. */
export function subjectFrom(text: string, about: About): string {
  if (about === "path") return normal(text);
  return text.replace(
    siteAndPath,
    (_, site: string, path: string) => site.toLowerCase() + normal(path || "/"),
  );
}
