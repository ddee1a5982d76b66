/** The options of a WebSocket, checked. */
import { checkNames, wrong } from "../errors.js";
import { isToken } from "../text/header.js";
import { isOriginField } from "../text/origin.js";

export type WebSocketOptions = {
  /** Other sites whose pages may connect, such as `"https://app.example.com"`; none by default. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Subprotocols that are spoken here, the preferred one first; none by default. */
  readonly protocols?: readonly string[] | undefined;
  /** Bytes that a message may have; 1 MiB by default. A longer one ends the connection with code 1009. */
  readonly maxPayload?: number | undefined;
  /** Seconds between pings; 30 by default. Who has not answered by the next one is cut. */
  readonly ping?: number | undefined;
};

export type Settings = { readonly [name in keyof WebSocketOptions]-?: NonNullable<WebSocketOptions[name]> };

type Test = (value: unknown) => boolean;

function allOf(name: string, values: readonly string[], isFit: Test, example: string): readonly string[] {
  if (Array.isArray(values) && values.every(isFit)) return values;
  const wanted = `an array of strings such as ${example} as "${name}"`;
  throw wrong("websocket", wanted, Array.isArray(values) ? values.find((value) => !isFit(value)) : values);
}

/** `ws` keeps the limit in 32 bits, where a greater one would be none. */
function bytesOf(maxPayload: number): number {
  if (Number.isInteger(maxPayload) && maxPayload > 0 && maxPayload < 2 ** 31) return maxPayload;
  throw wrong("websocket", 'a whole number of bytes from 1 to 2147483647 as "maxPayload"', maxPayload);
}

/** A day is far below the longest time that Node's timers know. */
function secondsOf(ping: number): number {
  if (typeof ping === "number" && ping > 0 && ping <= 86400) return ping;
  throw wrong("websocket", 'a number of seconds above 0, up to 86400, as "ping"', ping);
}

/** @throws TypeError for a wrong option. */
export function settingsOf(options: WebSocketOptions): Settings {
  checkNames("websocket", options, ["trustedOrigins", "protocols", "maxPayload", "ping"]);
  const { trustedOrigins = [], protocols = [], maxPayload = 2 ** 20, ping = 30 } = options;
  return {
    trustedOrigins: allOf("trustedOrigins", trustedOrigins, isOriginField, '"https://example.com"'),
    protocols: allOf("protocols", protocols, isToken, '"chat.v1"'),
    maxPayload: bytesOf(maxPayload),
    ping: secondsOf(ping),
  };
}
