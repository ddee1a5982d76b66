/** The `content-disposition` field of a response: RFC 6266, with extended values as in RFC 8187. */

/** The last step of a path, whichever slashes it is written with. */
const lastStep = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

/** A name as a file may have it: without its path, without control characters, of whole characters. */
export const fileName = (path: string): string =>
  lastStep(path)
    .replace(/\p{Cc}/gu, "")
    .toWellFormed();

/**
 * The name for clients that know no extended values. Some of them take `%` for an escape, and `\"` for the end (RFC 6266
 * appendix D), so these are left out too.
 */
const asciiOf = (name: string): string => name.replace(/[^ !#$&-[\]-~]/gu, "_");

/** RFC 8187 section 3.2.1: `attr-char` is less than what encodeURIComponent leaves as it is. */
const extended = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The value that makes a browser save a response, under this name if there is one.
 *
 * `formatAttachment("naïve.txt")` is `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`
 */
export function formatAttachment(path = ""): string {
  const name = fileName(path);
  if (/^\.*$/.test(name)) return "attachment";
  const ascii = asciiOf(name);
  const plain = `attachment; filename="${ascii}"`;
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${extended(name)}`;
}
