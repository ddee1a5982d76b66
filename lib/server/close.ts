/** Closing a server: requests in flight may finish, for a while. */
import { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { isDevelopment } from "../development.js";
import { wrong } from "../errors.js";

export type CloseOptions = {
  /** Seconds that requests in flight have to finish, `Infinity` for as long as they take; 10 by default. */
  readonly grace?: number | undefined;
};
export type Close = (options?: CloseOptions) => Promise<void>;

export type CloserOptions = CloseOptions & {
  /** Whether idle connections stay for as long as their clients were told, so that no request is lost; false by default. */
  readonly isPatient?: boolean | undefined;
};
export type Closer = (options?: CloserOptions) => Promise<void>;

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

/** A connection that has left HTTP behind hears of it by its event `closing`, so that it can say goodbye. */
function closeServer(server: Server, sockets: ReadonlySet<Socket>, isPatient: boolean): Promise<void> {
  // The way of HTTP's servers cuts idle connections, also one that a request is just coming in on.
  const { close }: NetServer = (isPatient ? NetServer : Server).prototype;
  return new Promise((resolve) => {
    close.call(server, () => resolve());
    for (const socket of sockets) socket.emit("closing");
  });
}

function cutIdle(server: Server, closed: Promise<void>): void {
  server.closeIdleConnections();
  const timer = setInterval(() => server.closeIdleConnections(), sweep);
  closed.then(() => clearInterval(timer));
}

/** The longest time that Node's timers know, in milliseconds; a longer one would be taken for 1. */
const longest = 2 ** 31 - 1;

/** Does something when so many seconds are over, never for `Infinity`, unless this was done before. */
export function unlessDone(done: Promise<unknown>, seconds: number, act: () => void): void {
  if (seconds === Number.POSITIVE_INFINITY) return;
  const timer = setTimeout(act, Math.min(seconds * 1000, longest));
  done.then(() => clearTimeout(timer));
}

/** The seconds of grace that were asked for: 10 the first time, and no change later on. */
export function graceOf({ grace }: CloseOptions, isFirst: boolean): number {
  if (grace === undefined) return isFirst ? 10 : Number.POSITIVE_INFINITY;
  if (typeof grace === "number" && grace >= 0) return grace;
  throw wrong("close", 'a number of seconds from 0 as "grace"', grace);
}

/**
 * The way to close a server: it takes no new connections, lets requests in flight finish for `grace` seconds, then
 * cuts the rest. Asked again it gives the same promise; a `grace` that is named then can only end the wait sooner.
 */
export function closerOf(server: Server): Closer {
  const sockets = connectionsOf(server);
  let closed: Promise<void> | undefined;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return ({ isPatient = false, ...options } = {}) => {
    const grace = graceOf(options, closed === undefined);
    closed ??= closeServer(server, sockets, isPatient);
    if (!isPatient) cutIdle(server, closed);
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
export function closeOnSignals(close: Closer): () => void {
  const stop = (signal: NodeJS.Signals) => {
    forget();
    close({ isPatient: signal === "SIGTERM" && !isDevelopment() }).then(() => process.exit(0));
  };
  const forget = () => {
    process.off("SIGTERM", stop).off("SIGINT", stop);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  return forget;
}
