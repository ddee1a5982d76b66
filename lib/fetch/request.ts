/** Making the request map of a web request. */
import { Readable } from "node:stream";
import { holding, noted, type Request, type RequestHeaders, within } from "../types.js";
import type { WebRequest } from "./web.js";

/** The authority of the address stands in place of the host header, as at the edge. */
function headersOf({ headers }: WebRequest, { host }: URL): RequestHeaders {
  const map: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) map[name] = value;
  map.host = host;
  return map;
}

async function* piecesOf(body: ReadableStream<Uint8Array>) {
  yield* body;
}

/** Nothing of the web stream is touched before somebody reads. */
const bodyOf = ({ body }: WebRequest): Readable | undefined =>
  body === null ? undefined : Readable.from(piecesOf(body), { objectMode: false });

const portOf = ({ port, protocol }: URL): number =>
  port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);

/** The request map, with the keys with which requests are born at the edge. What the web does not tell is left open. */
export function requestOf(web: WebRequest): Request {
  const url = new URL(web.url);
  return {
    method: web.method,
    uri: url.pathname,
    queryString: url.search === "" ? undefined : url.search.slice(1),
    headers: headersOf(web, url),
    scheme: url.protocol === "https:" ? "https" : "http",
    protocol: "HTTP/1.1",
    serverName: url.hostname,
    serverPort: portOf(url),
    remoteAddr: undefined,
    body: bodyOf(web),
    signal: web.signal,
    raw: undefined,
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
