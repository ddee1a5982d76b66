/** Static files. Source: Ring, ring/middleware/file.clj. */
import { type Encoded, encodedFile, isEncodable } from "../files/encoded.js";
import { locate, namesAsked } from "../files/locate.js";
import { type FilesOptions, type Site, siteOf } from "../files/options.js";
import { fileResponse } from "../files/response.js";
import { normal } from "../pattern.js";
import { headerOf } from "../request.js";
import { redirectTo } from "../response.js";
import { mimeType } from "../text/mime.js";
import type { Decorator, Request, Response } from "../types.js";
import { headResponse } from "./head.js";

export type { FilesOptions } from "../files/options.js";

const hasSlash = ({ uri = "/" }: Request): boolean => uri.endsWith("/");

/** To the path with a slash at its end. At its begin there is only one, for with two it would name a host. */
function toFolder({ uri = "/", queryString }: Request): Response {
  const path = `${normal(uri).replace(/^\/+/, "/")}/`;
  const { headers } = redirectTo(queryString === undefined ? path : `${path}?${queryString}`);
  return { status: 301, headers: headers as Response["headers"], body: null };
}

/** The response for the file of these names; null where there is none. */
async function filesResponse(
  request: Request,
  names: readonly string[],
  site: Site,
): Promise<Response | null> {
  const located = await locate(names, site);
  if (located === null) return null;
  const { path, found, isIndex } = located;
  if (isIndex && !hasSlash(request)) return toFolder(request);
  const type = mimeType(path);
  const accept = isEncodable(type) ? headerOf(request, "accept-encoding") : undefined;
  const sent: Encoded = await encodedFile(site.root, path, found, accept);
  const { size, mtimeMs: changed } = sent.stats;
  const known = { file: sent.path, size, changed, type, coding: sent.coding };
  const response = fileResponse(request, known, site.cacheControl);
  return request.method === "HEAD" ? headResponse(response) : response;
}

/**
 * Answers GET and HEAD by the files below a folder (a path or a `file:` URL); whatever else is asked for, the
 * handler answers. Nothing outside the folder is served, not by `..`, escapes, `\`, or links.
 *
 * - `prefix`: the path below which the files are found, matched by whole segments ("/")
 * - `index`: the file that stands for its folder, false for none ("index.html")
 * - `maxAge`: seconds for which a cache need not ask again (0, or a year where `immutable` is true)
 * - `immutable`: whether what was sent under a name once never changes (false)
 * - `dotfiles`: whether names that begin with a dot are served, as `.well-known` always is (false)
 *
 * `decorate(app, withFiles("public", { prefix: "/assets", maxAge: 3600 }))`
 *
 * Source: `wrap-file` of Ring, ring/middleware/file.clj; RFC 9110 sections 8.8, 13 and 14.
 * @throws TypeError where the folder is not there, or an option is none.
 */
export function withFiles(root: string | URL, options: FilesOptions = {}): Decorator {
  const site = siteOf(root, options);
  return (handler) => (request) => {
    const names = namesAsked(request, site);
    if (names === null) return handler(request);
    return filesResponse(request, names, site).then((response) => response ?? handler(request));
  };
}
