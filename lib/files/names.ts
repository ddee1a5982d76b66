/** The names of files and folders that a request may ask for. */
import { decodePercent } from "../text/percent.js";

/**
 * A file or folder as one may ask for it: not a step in the tree, not several at once, and not hidden, but for
 * `.well-known` (RFC 8615).
 */
export const isName = (name: string, dotfiles = false): boolean =>
  /^[^/\\\0]+$/.test(name) &&
  (!name.startsWith(".") || name === ".well-known" || (dotfiles && name !== "." && name !== ".."));

/**
 * The names along a path, which is cut at its slashes first and then decoded, once: so an escaped slash never cuts
 * it. Null where one of them may not be asked for. A path that ends with a slash gives "" as its last name.
 *
 * `namesOf("/docs/a%20b.txt")` is `["docs", "a b.txt"]`
 *
 * @throws HttpError 400 where an escape is malformed.
 */
export function namesOf(path: string, dotfiles = false): readonly string[] | null {
  const names = path.split("/").slice(1).map(decodePercent);
  const last = names.length - 1;
  return names.every((name, i) => (name === "" && i === last) || isName(name, dotfiles)) ? names : null;
}
