/** What happens on a WebSocket, told to the handlers: one thing after the other, and nothing after the end. */
import { rescue } from "../decorate.js";
import type { Request } from "../types.js";
import { watch } from "./alive.js";
import { type Socket, type SocketData, socketOf } from "./socket.js";
import { type Task, turns } from "./turns.js";
import type { Incoming, Wire } from "./wire.js";

/** What is told to an app. Where a handler gives a promise, it is waited for. */
export type WebSocketHandlers = {
  /** The connection is there. */
  readonly open?: ((socket: Socket) => unknown) | undefined;
  /** A message came, text as a string. The next one is taken up when this has settled. */
  readonly message?: ((socket: Socket, data: SocketData) => unknown) | undefined;
  /** The connection has ended, by this code (1006: without goodbye) and reason. */
  readonly close?: ((socket: Socket, code: number, reason: string) => unknown) | undefined;
  /** One of these failed, or the other side broke the protocol. Without it, failures of these are logged. */
  readonly error?: ((socket: Socket, error: unknown) => unknown) | undefined;
};

export type Talk = {
  readonly wire: Wire;
  readonly req: Incoming;
  readonly request: Request;
  readonly handlers: WebSocketHandlers;
  /** Seconds between pings. */
  readonly ping: number;
  /** Resolves when the server closes. */
  readonly closing: Promise<unknown>;
  readonly report: (error: unknown) => void;
};

/** RFC 6455 section 7.4.1. */
const goingAway = 1001;
const internalError = 1011;

type End = (code: number, reason?: string) => void;

/** Runs tasks so that they cannot fail: a failure ends the connection and is told, or logged. */
function guarding({ handlers, report }: Talk, socket: Socket, end: End) {
  const told = rescue((error: unknown) => handlers.error?.(socket, error), report);
  const failed = (error: unknown): unknown => {
    end(internalError);
    return handlers.error === undefined ? report(error) : told(error);
  };
  return { told, guarded: rescue((task: Task) => task(), failed) };
}

/** Lets the handlers talk over a wire that is open. */
export function converse(talk: Talk): void {
  const { wire, req, request, handlers, ping, closing } = talk;
  let isEnded = false;
  const end: End = (code, reason) => {
    isEnded = true;
    wire.close(code, reason);
    wire.resume();
  };
  const socket = socketOf(wire, request, end);
  const { told, guarded } = guarding(talk, socket, end);
  const watched = watch(wire, () => req.socket.bytesRead, ping);
  const { add, waiting } = turns(() => {
    if (!wire.isPaused) return;
    watched.excuse();
    wire.resume();
  });
  const tell = (task: Task): void => add(() => guarded(task));

  wire.on("message", (data, isBinary) => {
    tell(() => (isEnded ? undefined : handlers.message?.(socket, isBinary ? data : data.toString())));
    if (waiting() > 0 && !isEnded) wire.pause();
  });
  wire.on("error", (error) => add(() => told(error)));
  wire.on("close", (code, reason) => {
    watched.stop();
    tell(() => handlers.close?.(socket, code, reason.toString()));
  });
  closing.then(() => wire.close(goingAway));
  tell(() => handlers.open?.(socket));
}
