/** Everything by https. Source: ring-ssl, ring/middleware/ssl.clj (wrap-ssl-redirect, wrap-hsts). */
import { around } from "../decorate.js";
import { checkNames, httpError, wrong } from "../errors.js";
import { type StrictTransportSecurity, strictTransport } from "../hsts.js";
import { merged } from "../map.js";
import { render } from "../render.js";
import { headerOf } from "../request.js";
import { redirectTo } from "../response.js";
import { parseHost } from "../text/host.js";
import type { Awaitable, Decorator, Request, Response } from "../types.js";

export type SslRedirectOptions = {
  /** The port of https. Default: 443. */
  readonly port?: number | undefined;
  /** What browsers are told on https, or false for nothing. Default: a year, with the names below the host's. */
  readonly strictTransportSecurity?: StrictTransportSecurity | false | undefined;
};

/** The same address by https. */
function addressOf(request: Request, port: number): string {
  const host = parseHost(headerOf(request, "host") ?? "");
  if (host === undefined) throw httpError(400, "The host is missing or malformed");
  const query = request.queryString === undefined ? "" : `?${request.queryString}`;
  return `https://${host.name}${port === 443 ? "" : `:${port}`}${request.uri ?? "/"}${query}`;
}

/** The redirect to the same address by https, which keeps method and body; for a request that has not come by it. */
export const sslRedirectResponse = (request: Request, port = 443): Awaitable<Response | null> =>
  render(request, redirectTo(addressOf(request, port), 308));

/** Tells browsers to come by https, unless the handler has told them something. */
export const hstsResponse = (response: Response, hsts: string): Response => ({
  ...response,
  headers: merged({ "strict-transport-security": hsts }, response.headers),
});

const who = "withSslRedirect";

/**
 * Redirects (308) whatever comes by http to the same address by https, and tells browsers to come by https from then
 * on. Behind a proxy put `withForwarded` around it, which knows how the client came.
 *
 * - `port`: of https (443)
 * - `strictTransportSecurity`: `{ maxAge = 31536000 (seconds), includeSubDomains = true, preload = false }`, or false
 *
 * `decorate(app, withSslRedirect(), withForwarded({ trust: 1 }))`
 *
 * Source: `wrap-ssl-redirect` and `wrap-hsts` of ring-ssl, ring/middleware/ssl.clj; RFC 6797.
 * @throws TypeError for wrong options; requests without a valid `host` get 400.
 */
export function withSslRedirect(options: SslRedirectOptions = {}): Decorator {
  checkNames(who, options, ["port", "strictTransportSecurity"]);
  const { port = 443, strictTransportSecurity = {} } = options;
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw wrong(who, 'a port as "port"', port);
  const hsts = strictTransport(who, strictTransportSecurity);
  const telling =
    hsts === undefined ? around() : around(undefined, (response) => hstsResponse(response, hsts));
  return (handler) => {
    const secure = telling(handler);
    return (request) => (request.scheme === "https" ? secure(request) : sslRedirectResponse(request, port));
  };
}
