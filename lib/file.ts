/** Files as response bodies: named now, opened when they are sent. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wrong } from "./errors.js";
import { find, folderOf } from "./files/find.js";
import { isName } from "./files/names.js";
import type { FileBody } from "./types.js";

/** A file to be sent. */
export class SentFile implements FileBody {
  readonly file: string;
  readonly size: number | undefined;
  constructor(path: string, size?: number) {
    this.file = path;
    this.size = size;
  }
}

/**
 * The file at `path` (or a `file:` URL) as a body, with the content type of its extension. It is opened when it is
 * sent. The path is trusted: for one that comes from a request there is `serveFile`.
 *
 * `GET("/terms", () => file("./terms.pdf"))`
 */
export function file(path: string | URL): FileBody {
  if (path instanceof URL && path.protocol === "file:") return new SentFile(fileURLToPath(path));
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw wrong("file", "a path or a file: URL", path);
  return new SentFile(path);
}

/**
 * A promise of the file at `path` below `root`: null where there is none, where it is a directory, or where it is
 * not inside `root` (links are followed as long as they stay inside), or under a name that begins with a dot.
 *
 * `GET("/assets/*", ({ params }) => serveFile("public", params["*"]))`
 */
export async function serveFile(root: string | URL, path: string | undefined): Promise<FileBody | null> {
  const folder = folderOf("serveFile", root);
  if (typeof path !== "string" || !path.split("/").every((name) => isName(name))) return null;
  const inside = await realpath(folder);
  const found = await find(inside, join(inside, path));
  return found?.stats.isFile() ? new SentFile(found.path, found.stats.size) : null;
}
