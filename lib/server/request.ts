/** Making the request map of Node's request. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { httpError } from "../errors.js";
import { lazy } from "../lazy.js";
import { parseHost } from "../text/host.js";
import { holding, noted, type Request, type RequestHeaders, within } from "../types.js";
import { type Connection, connectionOf, isMultiplexed, signalOf } from "./connection.js";

/** Node's request, with what HTTP/2 adds to it. */
export type Incoming = IncomingMessage & {
  readonly authority?: string | undefined;
  readonly stream?: { readonly endAfterHeaders: boolean } | undefined;
};

/** What the edge itself must know of the fields of a request. */
type Fields = { readonly host: string | undefined; readonly hosts: number; readonly hasBody: boolean };

/** One look over the fields. A body is announced by its length or coding: RFC 9112 section 6.3. */
export function fieldsOf(raw: readonly string[]): Fields {
  let host: string | undefined;
  let hosts = 0;
  let hasBody = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 4 && name.toLowerCase() === "host") {
      host = raw[i + 1];
      hosts++;
    } else if (name.length === 14 && name.toLowerCase() === "content-length") {
      hasBody ||= raw[i + 1] !== "0";
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      hasBody = true;
    }
  }
  return { host, hosts, hasBody };
}

/** The fields as they came, and the authority of the target, which stands in place of the host header. */
type Head = { readonly raw: readonly string[]; readonly authority: string | undefined };

/** Fields by lower-case name, repeated ones joined as RFC 9110 section 5.3 says, cookies as RFC 6265 section 5.4. */
function headersOf({ raw, authority }: Head): RequestHeaders {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    const before = headers[name];
    if (before !== undefined) headers[name] = before + (name === "cookie" ? "; " : ", ") + value;
    else if (!name.startsWith(":")) headers[name] = value;
  }
  if (authority !== undefined) headers.host = authority;
  return headers;
}

const malformedHost = (): Error => httpError(400, "The host is malformed");

/** The name of the server as the client asked for it; checked once for each host that a connection names. */
function serverNameOf(connection: Connection, host: string | undefined): string | undefined {
  if (host === undefined || host === "") return connection.localAddr;
  if (host !== connection.host) {
    const parsed = parseHost(host);
    if (parsed === undefined) throw malformedHost();
    connection.host = host;
    connection.serverName = parsed.name;
  }
  return connection.serverName;
}

/** `absolute-form`, RFC 9112 section 3.2.2: its authority stands in place of the host header. */
const absolute = /^https?:\/\/([^/?]+)(.*)$/i;

/** Printable ASCII without the `#` of a fragment, which is never sent. */
const path = /^\/[!"$-~]*$/;

type Target = { readonly target: string; readonly authority: string | undefined };

/** In the path; that of a query is refused when the query is read. */
const malformedEscape = /^[^?]*%(?![\da-f]{2})/i;

function checked(target: string, authority: string | undefined): Target {
  if (!path.test(target) || (target.includes("%") && malformedEscape.test(target))) {
    throw httpError(400, "The request target is malformed");
  }
  return { target, authority };
}

function targetOf(req: Incoming): Target {
  const url = req.url as string;
  if (url.startsWith("/")) return checked(url, req.authority);
  const [, authority, rest = ""] = absolute.exec(url) ?? [];
  return checked(authority === undefined || rest.startsWith("/") ? rest : `/${rest}`, authority);
}

/**
 * The request map. All requests are born with the same keys in the same order, so that reading and deriving them
 * is fast; see docs/decisions/001-requests.md.
 *
 * @throws an error of status 400 for a target or host outside the grammar.
 */
export function requestOf(req: Incoming, res: ServerResponse): Request {
  const { rawHeaders } = req;
  const { target, authority } = targetOf(req);
  const { host, hosts, hasBody } = fieldsOf(rawHeaders);
  if (hosts > 1) throw httpError(400, "There is more than one host header");
  const connection = connectionOf(req);
  if (authority !== undefined && host !== undefined && parseHost(host) === undefined) throw malformedHost();
  const serverName = serverNameOf(connection, authority ?? host);
  const mark = target.indexOf("?");
  return {
    method: req.method as string,
    uri: mark === -1 ? target : target.slice(0, mark),
    queryString: mark === -1 ? undefined : target.slice(mark + 1),
    headers: lazy(headersOf, { raw: rawHeaders, authority }),
    scheme: connection.scheme,
    protocol: `HTTP/${req.httpVersion}`,
    serverName,
    serverPort: connection.serverPort,
    remoteAddr: connection.remoteAddr,
    body: (isMultiplexed(req) ? !req.stream?.endAfterHeaders : hasBody) ? req : undefined,
    signal: signalOf(connection, req, res),
    raw: { req, res },
    params: undefined,
    queryParams: undefined,
    formParams: undefined,
    multipartParams: undefined,
    routeParams: undefined,
    cookies: undefined,
    session: undefined,
    flash: undefined,
    route: undefined,
    context: undefined,
    pathInfo: undefined,
    [noted]: { allow: [], declined: false, route: undefined },
    [within]: undefined,
    [holding]: undefined,
  };
}
