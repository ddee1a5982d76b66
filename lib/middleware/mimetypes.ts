/** The content type of a response by the extension of the path that was asked for. */
import { around } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { htmlType } from "../html.js";
import { merged } from "../map.js";
import { headerValue } from "../text/header.js";
import { extension, mimeType } from "../text/mime.js";
import type { Decorator, Request, Response } from "../types.js";

export type MimetypesOptions = {
  /** More types, by extension; they go before those that are known. Default: none. */
  readonly types?: { readonly [extension: string]: string } | undefined;
  /** The type of a path without a known extension. Default: whatever the response has. */
  readonly fallback?: string | undefined;
};

/** Whether the type is open: the handler has set none, and what is sent is no error page. */
function isOpen({ status, headers = {} }: Response): boolean {
  const type = headers["content-type"];
  return status < 400 && (type === undefined || type === htmlType);
}

/** Types a response by the path of its request, unless the handler has typed it, or it is an error page. */
export function mimetypesResponse(
  response: Response,
  request: Request,
  { types = {}, fallback }: MimetypesOptions = {},
): Response {
  if (!isOpen(response)) return response;
  const path = request.uri ?? "/";
  const name = extension(path);
  const type = Object.hasOwn(types, name) ? types[name] : (mimeType(path) ?? fallback);
  if (type === undefined) return response;
  return { ...response, headers: merged(response.headers, { "content-type": type }) };
}

function checkType(name: string, type: unknown): void {
  if (!headerValue("withMimetypes", type).includes("/")) {
    throw wrong("withMimetypes", `${name} to be a content type such as "text/plain"`, type);
  }
}

function checkTypes(types: unknown): void {
  if (typeof types !== "object" || types === null) {
    throw wrong("withMimetypes", '"types" to be a map such as { gmi: "text/gemini" }', types);
  }
  for (const [name, type] of Object.entries(types)) {
    if (name === "" || name !== extension(`x.${name}`)) {
      throw wrong("withMimetypes", "extensions in lower case without a dot", name);
    }
    checkType(`the type of "${name}"`, type);
  }
}

/**
 * Sets the content type of each response by the extension of the request's path. It fills in what the handler
 * left open: a missing type, and the HTML that rendering takes text for.
 *
 * - `types`: more types by extension, which go before those that are known (none)
 * - `fallback`: the type of a path without a known extension (whatever the response has)
 *
 * `decorate(app, withMimetypes({ types: { gmi: "text/gemini" } }))`
 *
 * Source: `with-mimetypes` of Compojure 0.3, compojure/http/middleware.clj.
 * @throws TypeError where an extension or a type is none.
 */
export function withMimetypes(options: MimetypesOptions = {}): Decorator {
  checkNames("withMimetypes", options, ["types", "fallback"]);
  if (options.types !== undefined) checkTypes(options.types);
  if (options.fallback !== undefined) checkType('"fallback"', options.fallback);
  return around(undefined, (response, request) => mimetypesResponse(response, request, options));
}
