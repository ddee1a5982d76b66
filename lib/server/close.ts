/** Closing a server: requests in flight may finish, for a while. */
import { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { isDevelopment } from "../development.js";
import { wrong } from "../errors.js";

export type CloseOptions = {
  /** Seconds that requests in flight have to finish, `Infinity` for as long as they take; 10 by default. */
  readonly grace?: number | undefined;
  /** Whether idle connections stay for as long as their clients were told, so that no request is lost; false by default. */
  readonly keepIdle?: boolean | undefined;
};
export type Close = (options?: CloseOptions) => Promise<void>;

/** How often connections that have become idle are looked for, in milliseconds. */
const sweep = 50;

/** All connections, also those that have left HTTP behind, as WebSockets do. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    // One that is back from an upgrade that nobody wanted is known.
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

/** Node takes a connection for idle as soon as its last response was given, though most of that may still be on its way. */
const areSending = (sockets: ReadonlySet<Socket>): boolean =>
  [...sockets].some(({ writableLength }) => writableLength > 0);

/** A connection that has left HTTP behind hears of it by its event `closing`, so that it can say goodbye. */
function closeServer(server: Server, sockets: ReadonlySet<Socket>, keepIdle: boolean): Promise<void> {
  // The way of HTTP's servers cuts idle connections, also one that a request is just coming in on.
  const { close }: NetServer = (keepIdle || areSending(sockets) ? NetServer : Server).prototype;
  return new Promise((resolve) => {
    close.call(server, () => resolve());
    for (const socket of sockets) socket.emit("closing");
  });
}

/** Idle connections wait for those that are sending, which hold up the closing anyway. */
function cutIdle(server: Server, sockets: ReadonlySet<Socket>, closed: Promise<void>): void {
  const cut = () => {
    if (!areSending(sockets)) server.closeIdleConnections();
  };
  cut();
  const timer = setInterval(cut, sweep);
  closed.then(() => clearInterval(timer));
}

/** The longest time that Node's timers know, in milliseconds; a longer one would be taken for 1. */
const longest = 2 ** 31 - 1;

/** Acts when so many seconds are over, unless `done` came first; never for `Infinity`. */
export function unlessDone(done: Promise<unknown>, seconds: number, act: () => void): void {
  if (seconds === Number.POSITIVE_INFINITY) return;
  const timer = setTimeout(act, Math.min(seconds * 1000, longest));
  done.then(() => clearTimeout(timer));
}

/** How to close. */
export type Order = { readonly grace: number; readonly keepIdle: boolean };

/** What was asked for: 10 seconds of grace where none are named, but no change of them later on. */
export function orderOf(options: CloseOptions, isFirst: boolean): Order {
  const { grace = isFirst ? 10 : Number.POSITIVE_INFINITY, keepIdle = false } = options;
  if (typeof keepIdle !== "boolean") throw wrong("close", 'true or false as "keepIdle"', keepIdle);
  if (typeof grace === "number" && grace >= 0) return { grace, keepIdle };
  throw wrong("close", 'a number of seconds from 0 as "grace"', grace);
}

/**
 * The way to close a server: it takes no new connections, lets requests in flight finish for `grace` seconds, then
 * cuts the rest. Asked again it gives the same promise; a `grace` that is named then can only end the wait sooner.
 */
export function closerOf(server: Server): Close {
  const sockets = connectionsOf(server);
  let closed: Promise<void> | undefined;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return (options = {}) => {
    const { grace, keepIdle } = orderOf(options, closed === undefined);
    closed ??= closeServer(server, sockets, keepIdle);
    if (!keepIdle) cutIdle(server, sockets, closed);
    unlessDone(closed, grace, cut);
    return closed;
  };
}

/**
 * SIGTERM and SIGINT close the server and end the process; a second one ends it at once. Gives what undoes this.
 *
 * SIGTERM is sent by whoever runs services, often behind a proxy, which may just be sending a form over a connection
 * that was idle. SIGINT is sent by somebody at a keyboard, and so is what comes in development: they do not wait.
 */
export function closeOnSignals(close: Close): () => void {
  const stop = (signal: NodeJS.Signals) => {
    forget();
    close({ keepIdle: signal === "SIGTERM" && !isDevelopment() }).then(() => process.exit(0));
  };
  const forget = () => {
    process.off("SIGTERM", stop).off("SIGINT", stop);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  return forget;
}
