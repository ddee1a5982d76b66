/** The options of `withFiles`, checked once, when the decorator is made. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { checkNames, wrong } from "../errors.js";
import { normal } from "../pattern.js";
import { folderOf } from "./find.js";
import { isName } from "./names.js";

export type FilesOptions = {
  /** The path below which the files are found, matched by whole segments. Default: "/". */
  readonly prefix?: string | undefined;
  /** The file that stands for its folder; false for none. Default: "index.html". */
  readonly index?: string | false | undefined;
  /** Seconds for which a cache need not ask again. Default: 0, or a year where `immutable` is true. */
  readonly maxAge?: number | undefined;
  /** Whether what was sent under a name once never changes. Default: false. */
  readonly immutable?: boolean | undefined;
  /** Whether names that begin with a dot are served, as `.well-known` always is. Default: false. */
  readonly dotfiles?: boolean | undefined;
};

/** Which files there are, and how they are sent. */
export type Site = {
  /** A real path, without links. */
  readonly root: string;
  /** In the form in which paths are compared, without a slash at its end. */
  readonly prefix: string;
  readonly index: string | false;
  readonly dotfiles: boolean;
  readonly cacheControl: string;
};

const year = 31_536_000;

function realRoot(root: string | URL): string {
  const path = folderOf("withFiles", root);
  if (existsSync(path) && statSync(path).isDirectory()) return realpathSync.native(path);
  throw wrong("withFiles", "a folder that is there first", path);
}

function checkedPrefix(prefix: unknown): string {
  if (typeof prefix !== "string" || !/^(?:\/[^/?#]+)*\/?$/.test(prefix)) {
    throw wrong("withFiles", '"prefix" to be a path such as "/assets"', prefix);
  }
  return normal(prefix.replace(/\/$/, ""));
}

function checkedIndex(index: unknown): string | false {
  if (index === false || (typeof index === "string" && isName(index, true))) return index;
  throw wrong("withFiles", '"index" to be the name of a file, or false', index);
}

function checkedFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrong("withFiles", `"${name}" to be true or false`, value);
}

function cacheControl(maxAge: unknown, immutable: boolean): string {
  if (!Number.isSafeInteger(maxAge) || (maxAge as number) < 0) {
    throw wrong("withFiles", '"maxAge" to be a whole number of seconds', maxAge);
  }
  return `max-age=${maxAge}${immutable ? ", immutable" : ""}`;
}

/** @throws TypeError for a folder that is not there, and for an option that is none. */
export function siteOf(root: string | URL, options: FilesOptions): Site {
  checkNames("withFiles", options, ["prefix", "index", "maxAge", "immutable", "dotfiles"]);
  const { prefix = "/", index = "index.html", dotfiles = false } = options;
  const immutable = checkedFlag("immutable", options.immutable ?? false);
  return {
    root: realRoot(root),
    prefix: checkedPrefix(prefix),
    index: checkedIndex(index),
    dotfiles: checkedFlag("dotfiles", dotfiles),
    cacheControl: cacheControl(options.maxAge ?? (immutable ? year : 0), immutable),
  };
}
