/** Files that lie beside another one, compressed before they were asked for. */
import { acceptedEncoding } from "../text/accept.js";
import { type Found, find } from "./find.js";

/** What the names of compressed files end with, by the coding; the best first. */
const endings: { readonly [coding: string]: string } = { br: ".br", zstd: ".zst", gzip: ".gz" };

/** A file, and the coding that it is in if it is in one. */
export type Encoded = Found & { readonly coding?: string };

/** Whether files of a type may lie there compressed: pictures, sound, films and fonts of the web are so by nature. */
export const isEncodable = (type: string | undefined): boolean =>
  type === "image/svg+xml" || !/^(?:image|audio|video|font)\//.test(type ?? "");

/** In whole seconds, since copying may set the times of two files in any order. */
const isOlder = (one: Found, other: Found): boolean =>
  Math.floor(one.stats.mtimeMs / 1000) < Math.floor(other.stats.mtimeMs / 1000);

/**
 * Whichever the client likes best of a file and of those beside it: of `app.js`, `app.js.br`, `app.js.zst` and
 * `app.js.gz`. One that is older than the file was made of another version of it, and is left alone.
 */
export async function encodedFile(
  root: string,
  path: string,
  plain: Found,
  accept: string | undefined,
  codings = Object.keys(endings),
): Promise<Encoded> {
  const coding = accept === undefined ? undefined : acceptedEncoding(accept, codings);
  if (coding === undefined || coding === "identity") return plain;
  const found = await find(root, path + endings[coding]);
  if (found?.stats.isFile() && !isOlder(found, plain)) return { ...found, coding };
  const others = codings.filter((other) => other !== coding);
  return encodedFile(root, path, plain, accept, others);
}
