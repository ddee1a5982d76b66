/** Closing a server: requests in flight may finish, for a while. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { wrong } from "../errors.js";

export type CloseOptions = {
  /** Seconds that requests in flight have to finish, `Infinity` for as long as they take; 10 by default. */
  readonly grace?: number | undefined;
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

/** A connection that has left HTTP behind hears of it by its event `closing`, so that it can say goodbye. */
function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), sweep);
    server.close(() => {
      clearInterval(idle);
      resolve();
    });
    for (const socket of sockets) socket.emit("closing");
  });
}

/** The longest time that Node's timers know, in milliseconds; a longer one would be taken for 1. */
const longest = 2 ** 31 - 1;

function cutAfter(grace: number, sockets: ReadonlySet<Socket>, closed: Promise<void>): void {
  if (grace === Number.POSITIVE_INFINITY) return;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const timer = setTimeout(cut, Math.min(grace * 1000, longest));
  closed.then(() => clearTimeout(timer));
}

/**
 * The way to close a server: it takes no new connections, lets requests in flight finish for `grace` seconds, then
 * cuts the rest. Asked again it gives the same promise; a `grace` that is named then can only end the wait sooner.
 */
export function closerOf(server: Server): Close {
  const sockets = connectionsOf(server);
  let closed: Promise<void> | undefined;
  return ({ grace = closed === undefined ? 10 : Number.POSITIVE_INFINITY } = {}) => {
    if (typeof grace !== "number" || !(grace >= 0)) {
      throw wrong("close", 'a number of seconds from 0 as "grace"', grace);
    }
    closed ??= closeServer(server, sockets);
    cutAfter(grace, sockets, closed);
    return closed;
  };
}

/** SIGTERM and SIGINT close the server and end the process; a second one ends it at once. Gives what undoes this. */
export function closeOnSignals(close: Close): () => void {
  const stop = () => {
    forget();
    close().then(() => process.exit(0));
  };
  const forget = () => {
    process.off("SIGTERM", stop).off("SIGINT", stop);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  return forget;
}
