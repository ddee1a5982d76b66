/** A browser for tests: it calls a handler, without a port, and keeps the cookies. */
import { headerOf, pathOf } from "../request.js";
import type { Handler, Request, Response } from "../types.js";
import { type RequestOptions, request } from "./request.js";

type Kept = { readonly name: string; readonly value: string; readonly path: string; readonly until: number };

/** RFC 6265 section 5.1.4. */
const covers = (path: string, asked: string): boolean =>
  asked === path || (asked.startsWith(path) && (path.endsWith("/") || asked[path.length] === "/"));

const folder = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/")));

/** The name of a pair in front of its first `=`, and what stands behind it; either without blanks around it. */
function halves(pair: string): readonly [name: string, value: string] {
  const [name = "", ...rest] = pair.split("=");
  return [name.trim(), rest.join("=").trim()];
}

/** RFC 6265 section 5.2: of a repeated attribute the last counts, and a name without a value has an empty one. */
function keptOf(line: string, asked: string): Kept {
  const [pair = "", ...others] = line.split(";");
  const [name, value] = halves(pair);
  const given = others.map(halves).map(([name, value]) => [name.toLowerCase(), value] as const);
  const { path, "max-age": maxAge, expires } = Object.fromEntries(given);
  const until = maxAge === undefined ? Date.parse(expires ?? "") : Date.now() + Number(maxAge) * 1000;
  return {
    name,
    value,
    path: path?.startsWith("/") ? path : folder(asked),
    until: Number.isNaN(until) ? Number.POSITIVE_INFINITY : until,
  };
}

export type Client = {
  (method: string, target: string, options?: RequestOptions): Promise<Response | null>;
  (request: Request): Promise<Response | null>;
};

/**
 * Calls a handler as a browser would, keeping cookies from call to call: by name and path, until they expire. It
 * takes what `request` takes, or a request map; redirects are the caller's to follow.
 *
 * `const visit = client(app); await visit("POST", "/set-name", { form: { name: "Ada" } }); await visit("GET", "/welcome")`
 */
export function client(handler: Handler): Client {
  const jar = new Map<string, Kept>();

  const sendCookies = (request: Request): Request => {
    const uri = pathOf(request);
    const pairs = [...jar.values()].filter(({ path, until }) => until > Date.now() && covers(path, uri));
    const cookie = [headerOf(request, "cookie"), ...pairs.map(({ name, value }) => `${name}=${value}`)];
    if (pairs.length === 0) return request;
    return { ...request, headers: { ...request.headers, cookie: cookie.filter(Boolean).join("; ") } };
  };

  const keepCookies = (response: Response | null, asked: string): void => {
    for (const line of [response?.headers["set-cookie"] ?? []].flat()) {
      const kept = keptOf(line, asked);
      jar.set(`${kept.name};${kept.path}`, kept);
    }
  };

  return async (first: string | Request, target?: string, options?: RequestOptions) => {
    const sent = sendCookies(typeof first === "string" ? request(first, target ?? "/", options) : first);
    const response = await handler(sent);
    keepCookies(response, pathOf(sent));
    return response;
  };
}
