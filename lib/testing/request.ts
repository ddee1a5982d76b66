/** Request maps for tests. Source: ring-mock, ring/mock/request.clj. */
import { wrong } from "../errors.js";
import { formatForm } from "../text/form.js";
import type { Request, RequestBody } from "../types.js";

type Value = string | number | boolean;
type Values = { readonly [name: string]: Value | readonly Value[] | undefined };

export type RequestOptions = {
  /** Header fields by name. */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** Query parameters, added to those of the target. */
  readonly query?: Values | undefined;
  /** An urlencoded form as the body. */
  readonly form?: Values | undefined;
  /** A JSON value as the body. */
  readonly json?: unknown;
  /** Any other body. */
  readonly body?: RequestBody | undefined;
  /** Cookies by name. */
  readonly cookies?: { readonly [name: string]: string } | undefined;
};

const typedBody = ({ form, json, body }: RequestOptions): { type?: string; body?: RequestBody } => {
  if (form !== undefined) return { type: "application/x-www-form-urlencoded", body: formatForm(form) };
  if (json !== undefined) return { type: "application/json", body: JSON.stringify(json) };
  return body === undefined ? {} : { body };
};

const lengthOf = (body: RequestBody | undefined) =>
  typeof body === "string" || body instanceof Uint8Array
    ? { "content-length": String(Buffer.byteLength(body)) }
    : {};

const cookieOf = (cookies: RequestOptions["cookies"]) => {
  const pairs = Object.entries(cookies ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? {} : { cookie: pairs.join("; ") };
};

const lowered = (headers: RequestOptions["headers"] = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** A path stays as it is, with its dots and slashes: hostile ones are what a test wants to send. */
function addressOf(target: string) {
  if (!target.startsWith("/")) return new URL(target);
  const [pathname = "/", ...query] = target.split("?");
  const { protocol, hostname, port, host } = new URL("http://localhost");
  return {
    protocol,
    hostname,
    port,
    host,
    pathname,
    search: query.length === 0 ? "" : `?${query.join("?")}`,
  };
}

/**
 * A plain request map: `request("POST", "/set-name", { form: { name: "Ada" } })`. The target is a path with or
 * without a query, or a whole address.
 *
 * Options: `headers`, `query`, `form`, `json`, `body`, `cookies`.
 */
export function request(method: string, target: string, options: RequestOptions = {}): Request {
  if (typeof method !== "string") throw wrong("request", 'a method such as "GET" first', method);
  if (typeof target !== "string") throw wrong("request", "a path or an address second", target);
  const { protocol, hostname, port, host, pathname, search } = addressOf(target);
  const { type, body } = typedBody(options);
  const query = [search.slice(1), formatForm(options.query ?? {})].filter((text) => text !== "").join("&");
  const scheme = protocol === "https:" ? "https" : "http";
  return {
    method: method.toUpperCase(),
    uri: pathname,
    queryString: query === "" ? undefined : query,
    headers: {
      host,
      ...cookieOf(options.cookies),
      ...(type && { "content-type": type }),
      ...lengthOf(body),
      ...lowered(options.headers),
    },
    scheme,
    protocol: "HTTP/1.1",
    serverName: hostname,
    serverPort: port === "" ? (scheme === "https" ? 443 : 80) : Number(port),
    remoteAddr: "127.0.0.1",
    body,
  };
}
