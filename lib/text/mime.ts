/** Media types by the extension of a path. */
import { extname } from "node:path";
import { mimes } from "mrmime";

/** The extension of a path without its dot, in lower case; `""` where there is none. */
export const extension = (path: string): string => extname(path).slice(1).toLowerCase();

/**
 * The media type of a file by its extension, as the value of `content-type`; undefined where it is not known.
 *
 * `mimeType("/style.css")` is `"text/css; charset=utf-8"`
 */
export function mimeType(path: string): string | undefined {
  const name = extension(path);
  const type = Object.hasOwn(mimes, name) ? mimes[name] : undefined;
  return type?.startsWith("text/") ? `${type}; charset=utf-8` : type;
}
