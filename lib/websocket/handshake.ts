/** The client's half of the opening handshake: RFC 6455 section 4.2.1. */
import { headerOf } from "../request.js";
import { isToken } from "../text/header.js";
import { isOriginOf } from "../text/origin.js";
import type { Request, ResponseMap } from "../types.js";

/** An ordinary response, which sets no session. */
type Refusal = ResponseMap<never>;

const refusal = (status: number, message: string, headers = {}): Refusal => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  body: message,
});

/** What asks for something else than a WebSocket; that `connection` names the upgrade, Node has seen. */
const isOther = (request: Request): boolean =>
  request.method !== "GET" ||
  headerOf(request, "upgrade")?.toLowerCase() !== "websocket" ||
  headerOf(request, "sec-websocket-version") !== "13";

/** RFC 9110 section 15.5.22 wants these fields. */
const upgradeRequired = refusal(426, "This is a WebSocket", {
  upgrade: "websocket",
  connection: "upgrade",
  "sec-websocket-version": "13",
});

/** 16 bytes in base64. */
const key = /^[A-Za-z\d+/]{22}==$/;

/** The subprotocols that a client offers, the preferred one first. */
const offered = (request: Request): readonly string[] =>
  headerOf(request, "sec-websocket-protocol")
    ?.split(",")
    .map((name) => name.trim()) ?? [];

function isMalformed(request: Request): boolean {
  const protocols = offered(request);
  return (
    !key.test(headerOf(request, "sec-websocket-key") ?? "") ||
    !protocols.every(isToken) ||
    new Set(protocols).size < protocols.length
  );
}

const malformed = refusal(400, "The WebSocket handshake is malformed");

/**
 * Whether a page of another site asks. It would do so with its visitor's cookies, and no rule of browsers keeps it
 * from reading the answers (section 10.2). Only the host is compared: behind a proxy the scheme may be another.
 */
function isForeign(request: Request, trusted: readonly string[]): boolean {
  const origin = headerOf(request, "origin");
  if (origin === undefined || trusted.includes(origin)) return false;
  return !isOriginOf(origin, headerOf(request, "host") ?? "");
}

const forbidden = refusal(403, "This WebSocket is not for pages of other sites");

/** The response that refuses a handshake; undefined for one that is right. */
export function refusalOf(request: Request, trusted: readonly string[]): Refusal | undefined {
  if (isOther(request)) return upgradeRequired;
  if (isMalformed(request)) return malformed;
  if (isForeign(request, trusted)) return forbidden;
  return undefined;
}
