/** What all requests of a connection share, found out once for each connection. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { stamp } from "../stamp.js";

/** What aborts when the client leaves before the response is finished. */
type Lever = {
  readonly controller: AbortController;
  readonly signal: AbortSignal;
  isHeard: boolean;
  res: ServerResponse;
};

export type Connection = {
  readonly scheme: "http" | "https";
  readonly remoteAddr: string | undefined;
  readonly serverPort: number | undefined;
  readonly localAddr: string | undefined;
  /** The host named last, which has been found valid, and its name; most connections name one host only. */
  host: string | undefined;
  serverName: string | undefined;
  lever: Lever | undefined;
  /** Of all responses that may be unfinished, in the order in which they will finish. */
  readonly levers: Lever[];
  /** Whether the client was told that no more is answered here. */
  isOver: boolean;
};

const isFinished = ({ res }: Lever): boolean => res.writableFinished;

function connectionOver(socket: Socket): Connection {
  return {
    scheme: (socket as Partial<TLSSocket>).encrypted ? "https" : "http",
    remoteAddr: socket.remoteAddress,
    serverPort: socket.localPort,
    localAddr: socket.localAddress,
    host: undefined,
    serverName: undefined,
    lever: undefined,
    levers: [],
    isOver: false,
  };
}

/** A WeakMap would do as well; its table has mostly left the caches by the next request. */
const connections = stamp<Connection>();

function connect(socket: Socket): Connection {
  const connection = connectionOver(socket);
  connections.put(socket, connection);
  // First of all listeners, so that whoever streams knows that the client left before its stream breaks.
  socket.prependOnceListener("close", () => {
    for (const lever of connection.levers) {
      if (!isFinished(lever)) lever.controller.abort();
    }
  });
  return connection;
}

/** Whether requests share the connection without waiting for each other, as in HTTP/2. */
export const isMultiplexed = (req: IncomingMessage): boolean => req.httpVersionMajor >= 2;

/** HTTP/2 lends each of its streams a stand-in for the socket, which serves for asking only. */
export const connectionOf = (req: IncomingMessage): Connection =>
  isMultiplexed(req) ? connectionOver(req.socket) : (connections.of(req.socket) ?? connect(req.socket));

/** A signal of this response alone. That it was finished, Node says in HTTP/2 also where it was cut. */
function ownSignal(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => {
    if (!res.writableEnded) controller.abort();
  });
  return controller.signal;
}

const { get: aborted } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted") as {
  get: (this: AbortSignal) => boolean;
};

/** Whether a signal has aborted. The edge asks in this way, for asking the signal itself counts as hearing it. */
export const hasAborted = (signal: AbortSignal | undefined): boolean =>
  signal !== undefined && aborted.call(signal);

/**
 * A signal that knows whether anybody ever heard it; asking Node for its listeners would cost a microsecond.
 * `AbortSignal.any` does not listen as others do, but it asks first whether the signal has aborted.
 */
function attentive(res: ServerResponse): Lever {
  const controller = new AbortController();
  const { signal } = controller;
  const lever: Lever = { controller, signal, isHeard: false, res };
  signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    lever.isHeard = true;
    AbortSignal.prototype.addEventListener.apply(signal, args);
  };
  Object.defineProperty(signal, "aborted", {
    get: () => {
      lever.isHeard = true;
      return hasAborted(signal);
    },
  });
  return lever;
}

function newLever({ levers }: Connection, res: ServerResponse): Lever {
  while (levers[0] !== undefined && isFinished(levers[0])) levers.shift();
  const lever = attentive(res);
  levers.push(lever);
  return lever;
}

/**
 * The signal that aborts when the client leaves before this response is finished. Making one costs 3 µs, so that of
 * the response before is used again where that one is finished and nobody has heard it.
 */
export function signalOf(connection: Connection, req: IncomingMessage, res: ServerResponse): AbortSignal {
  if (isMultiplexed(req)) return ownSignal(res);
  const { lever } = connection;
  if (lever !== undefined && !lever.isHeard && isFinished(lever)) lever.res = res;
  else connection.lever = newLever(connection, res);
  return (connection.lever as Lever).signal;
}

/** Whether no more is answered over this connection. What still comes must not be done: it may be sent again elsewhere. */
export const isOver = (req: IncomingMessage): boolean => connectionOf(req).isOver;

/** Ends a connection with a response, unless others are asked for already that come after it. Gives whether it does. */
export function endConnection(req: IncomingMessage, res: ServerResponse): boolean {
  const connection = connectionOf(req);
  const isNewest = connection.lever?.res === res;
  if (isNewest) connection.isOver = true;
  return isNewest;
}
