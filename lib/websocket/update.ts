/** WebSockets as updates: a route takes its connection over, once the app has let the request through. */
import { checkNames, wrong } from "../errors.js";
import type { Handover, Request, ResponseMap } from "../types.js";
import { converse, type WebSocketHandlers } from "./conversation.js";
import { refusalOf } from "./handshake.js";
import { settingsOf, type WebSocketOptions } from "./options.js";
import { type Incoming, openWire } from "./wire.js";

const names = ["open", "message", "close", "error"] as const;

function checkHandlers(handlers: WebSocketHandlers): void {
  checkNames("websocket", handlers, names);
  for (const name of names) {
    const handler = handlers[name];
    if (handler !== undefined && typeof handler !== "function") {
      throw wrong("websocket", `a function as "${name}"`, handler);
    }
  }
}

/**
 * Without a listener to "upgrade", Node takes the request for one like any other, whose connection nobody can take over,
 * and says so by false; a request that `fromConnect` made of a map says nothing.
 */
function checkServer({ raw }: Request): void {
  if ((raw?.req as { upgrade?: boolean | null } | undefined)?.upgrade !== false) return;
  const hint = 'Write server.on("upgrade", upgrader(app))';
  throw new Error(`websocket: the server has no listener to "upgrade". ${hint}`);
}

/** What `websocket` makes: an update that refuses, or takes the connection over. */
export type WebSocketUpdate = (request: Request) => ResponseMap<never>;

/**
 * Makes a WebSocket of a GET route (RFC 6455), by the `ws` package, which is to be installed beside this one. What is
 * no handshake is answered by 426 or 400, and a handshake from a page of another site by 403.
 *
 * Handlers, each optional, each told one after the other:
 * - `open(socket)`
 * - `message(socket, data)`: text as a string, anything else as bytes
 * - `close(socket, code, reason)`: the last of all
 * - `error(socket, error)`: a handler failed, which ends the connection with 1011; or the other side broke the protocol
 *
 * Options:
 * - `trustedOrigins`: other sites whose pages may connect, exactly as browsers name them; none
 * - `protocols`: the subprotocols spoken here, the preferred one first; none
 * - `maxPayload`: bytes that a message may have; 1 MiB. A longer one ends the connection with 1009
 * - `ping`: seconds between pings; 30. Who has sent nothing by the next one is cut
 *
 * `GET("/echo", websocket({ message: (socket, data) => socket.send(data) }))`
 *
 * @throws TypeError for a wrong handler or option.
 */
export function websocket(handlers: WebSocketHandlers, options: WebSocketOptions = {}): WebSocketUpdate {
  checkHandlers(handlers);
  const { trustedOrigins, protocols, maxPayload, ping } = settingsOf(options);
  return (request) => {
    const refusal = refusalOf(request, trustedOrigins);
    if (refusal !== undefined) return refusal;
    checkServer(request);
    const upgrade = ({ headers, report, ...handover }: Handover) => {
      const req = handover.req as Incoming;
      const closing = new Promise((resolve) => req.socket.once("closing", resolve));
      return openWire({ req, headers, protocols, maxPayload }, (wire) =>
        converse({ wire, req, request, handlers, ping, closing, report }),
      );
    };
    return { status: 200, upgrade };
  };
}
