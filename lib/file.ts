/** Files as response bodies: named now, opened when they are sent. */
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { wrong } from "./errors.js";
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

const gone = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "EACCES", "ELOOP", "EINVAL"]);

/** Null for a file that is not there; any other failure stays one. */
const orNull = (error: NodeJS.ErrnoException): null => {
  if (gone.has(error.code ?? "")) return null;
  throw error;
};

/** A file or folder as one may ask for it: not a step in the tree, and not hidden, but for `.well-known`. */
const isName = (name: string): boolean => /^[^.]/.test(name) || name === ".well-known";

const isSafe = (path: string): boolean => !/[\0\\]/.test(path) && path.split("/").every(isName);

/**
 * A promise of the file at `path` below `root`: null where there is none, where it is a directory, or where it is
 * not inside `root` (links are followed as long as they stay inside), or under a name that begins with a dot.
 *
 * `GET("/assets/*", ({ params }) => serveFile("public", params["*"]))`
 */
export async function serveFile(root: string | URL, path: string | undefined): Promise<FileBody | null> {
  const base = root instanceof URL ? fileURLToPath(root) : root;
  if (typeof base !== "string" || base === "") throw wrong("serveFile", "a folder first", root);
  if (typeof path !== "string" || !isSafe(path)) return null;
  const [inside, real] = await Promise.all([realpath(base), realpath(join(base, path)).catch(orNull)]);
  if (real === null || !real.startsWith(inside.endsWith(sep) ? inside : inside + sep)) return null;
  const found = await stat(real).catch(orNull);
  return found?.isFile() ? new SentFile(real, found.size) : null;
}
