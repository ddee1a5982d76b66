/** Which file a request is for. */
import { join } from "node:path";
import { normal } from "../pattern.js";
import { pathOf } from "../request.js";
import type { Request } from "../types.js";
import { type Found, find } from "./find.js";
import { namesOf } from "./names.js";
import type { Site } from "./options.js";

/**
 * The names of what a request asks for below the root, cut where patterns cut them; null where it is none of ours.
 *
 * @throws HttpError 400 where an escape is malformed.
 */
export function namesAsked(request: Request, { prefix, dotfiles }: Site): readonly string[] | null {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const path = normal(pathOf(request));
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return null;
  return namesOf(path.slice(prefix.length), dotfiles);
}

/** A file, and the path by which it was asked for: its real one may end with something else. */
export type Located = { readonly path: string; readonly found: Found; readonly isIndex: boolean };

/** The file of these names, or the index of the folder of these names; null where there is neither. */
export async function locate(names: readonly string[], { root, index }: Site): Promise<Located | null> {
  const path = join(root, ...names);
  const isFolder = (names.at(-1) ?? "") === "";
  const found = isFolder ? undefined : await find(root, path);
  if (found === null) return null;
  if (found?.stats.isFile()) return { path, found, isIndex: false };
  if (index === false) return null;
  const page = join(path, index);
  const inside = await find(root, page);
  return inside?.stats.isFile() ? { path: page, found: inside, isIndex: true } : null;
}
