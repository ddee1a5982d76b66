/** The request as the client sent it, where proxies that are trusted stand in between. */
import { addressSet } from "../addresses.js";
import { around } from "../decorate.js";
import { checkNames, httpError, wrong } from "../errors.js";
import { headerOf } from "../request.js";
import { lastElements, nodeAddress, parseForwarded } from "../text/forwarded.js";
import { parseHost } from "../text/host.js";
import type { Decorator, Request, RequestHeaders } from "../types.js";

export type ForwardedOptions = {
  /**
   * Who is trusted: so many proxies, counted from this server, or those with these addresses: addresses, ranges such
   * as `"10.0.0.0/8"`, and `"loopback"`, `"linklocal"`, `"uniquelocal"`. There is no default.
   */
  readonly trust: number | string | readonly string[];
};

/** Whether the one who sent a request is trusted, `hop` proxies away from this server. */
export type Trust = (address: string | undefined, hop: number) => boolean;

/** What a proxy says of the request as it got it. */
type Told = {
  readonly for?: string | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
};

/** A request that has passed more proxies than that has gone in circles. */
const mostHops = 100;

function parsed(element: string): Told {
  const pairs = parseForwarded(element);
  if (pairs === undefined) throw httpError(400, "The forwarded header is malformed");
  return { for: pairs.for, proto: pairs.proto, host: pairs.host };
}

const none: readonly string[] = [];

function elementsOf(request: Request, name: string): readonly string[] {
  const list = headerOf(request, name);
  return list === undefined ? none : lastElements(list, mostHops);
}

/**
 * What the proxies say, the nearest one first. Each is looked at only when its turn comes, as what is further away
 * may be a client's. Of the `x-forwarded-*` fields those at the same place from behind belong together.
 */
function* toldIn(request: Request): Generator<Told, void> {
  const forwarded = elementsOf(request, "forwarded");
  if (forwarded.length > 0) {
    for (const element of forwarded) yield parsed(element);
    return;
  }
  const nodes = elementsOf(request, "x-forwarded-for");
  const protos = elementsOf(request, "x-forwarded-proto");
  const hosts = elementsOf(request, "x-forwarded-host");
  const ports = elementsOf(request, "x-forwarded-port");
  const hops = Math.max(nodes.length, protos.length, hosts.length, ports.length);
  for (let hop = 0; hop < hops; hop += 1) {
    yield { for: nodes[hop], proto: protos[hop], host: hosts[hop], port: ports[hop] };
  }
}

/** What the furthest of the trusted proxies says, or, where it says nothing, the one next to it. */
function toldByTrusted(request: Request, trust: Trust): Told | undefined {
  if (!trust(request.remoteAddr, 0)) return undefined;
  let all: Told | undefined;
  let hop = 0;
  for (const told of toldIn(request)) {
    all = {
      for: told.for ?? all?.for,
      proto: told.proto ?? all?.proto,
      host: told.host ?? all?.host,
      port: told.port ?? all?.port,
    };
    hop += 1;
    if (!trust(told.for === undefined ? undefined : nodeAddress(told.for), hop)) break;
  }
  return all;
}

/** Some proxies name the scheme of a WebSocket by its own. */
const schemes = new Map([
  ["http", "http"],
  ["https", "https"],
  ["ws", "http"],
  ["wss", "https"],
] as const) as ReadonlyMap<string, "http" | "https">;

const schemeOf = (request: Request, { proto }: Told): Request["scheme"] =>
  (proto === undefined ? undefined : schemes.get(proto.toLowerCase())) ?? request.scheme;

const portIn = (digits = ""): number | undefined =>
  /^\d{1,5}$/.test(digits) && Number(digits) <= 65535 ? Number(digits) : undefined;

/** The port in the host that the client asked for, else the one that a proxy names, else that of the scheme. */
function portOf(
  request: Request,
  { proto, host, port }: Told,
  scheme: Request["scheme"],
): number | undefined {
  if ((proto ?? host ?? port) === undefined) return request.serverPort;
  const asked = parseHost(host ?? headerOf(request, "host") ?? "");
  return asked?.port ?? portIn(port) ?? (scheme === "https" ? 443 : 80);
}

/** What the client named as its host, in place of what a proxy made of it. */
function hostSeen(request: Request, host: string | undefined): Pick<Request, "headers" | "serverName"> {
  const { headers, serverName } = request;
  if (host === undefined) return { headers, serverName };
  const asked = parseHost(host);
  if (asked === undefined) throw httpError(400, "The forwarded host is malformed");
  if (host === headerOf(request, "host")) return { headers, serverName: asked.name };
  const seen: RequestHeaders = Object.assign(Object.create(null), headers, { host });
  return { headers: seen, serverName: asked.name };
}

/**
 * The request as the client sent it, by what the proxies say that `trust` holds for. Where it holds not even for the
 * one that is connected, the request stays what it is.
 *
 * @throws an error of status 400 where a trusted proxy names a malformed host, or its element is malformed.
 */
export function forwardedRequest(request: Request, trust: Trust): Request {
  const told = toldByTrusted(request, trust);
  if (told === undefined) return request;
  const scheme = schemeOf(request, told);
  const { headers, serverName } = hostSeen(request, told.host);
  return {
    ...request,
    headers,
    scheme,
    serverName,
    serverPort: portOf(request, told, scheme),
    remoteAddr: told.for === undefined ? request.remoteAddr : nodeAddress(told.for),
  };
}

const who = "withForwarded";

function trustOf(trust: unknown): Trust {
  if (Number.isSafeInteger(trust) && (trust as number) >= 0) return (_, hop) => hop < (trust as number);
  const ranges: unknown[] = [trust].flat();
  if (!ranges.every((range) => typeof range === "string")) {
    const hint = 'Write { trust: 1 } for one proxy, or its addresses: { trust: ["10.0.0.0/8"] }';
    throw wrong(who, 'a number of proxies or an array of addresses as "trust"', trust, hint);
  }
  const includes = addressSet(who, ranges);
  return (address) => address !== undefined && includes(address);
}

/**
 * Gives the request the address, scheme, host and port that the client sees, from the `forwarded` header of proxies
 * that are trusted, or where there is none from `x-forwarded-for`, `-proto`, `-host` and `-port`.
 *
 * - `trust`: how many proxies stand in front, as Express counts them (1: the one that connects to this server), or
 *   their addresses: addresses, ranges, `"loopback"`, `"linklocal"`, `"uniquelocal"`. There is no default.
 *
 * `decorate(app, withSession(), withForwarded({ trust: 1 }))`
 *
 * Source: RFC 7239; `wrap-forwarded-remote-addr` of Ring, ring/middleware/proxy_headers.clj; proxy-addr.
 * @throws TypeError where `trust` is missing or is none; requests get 400 where a trusted proxy names no valid host.
 */
export function withForwarded(options: ForwardedOptions): Decorator {
  checkNames(who, options ?? {}, ["trust"]);
  const trust = trustOf(options?.trust);
  return around((request) => forwardedRequest(request, trust));
}
