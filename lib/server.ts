/** The edge: Node's requests become request maps, and response maps are sent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { isPromise } from "./decorate.js";
import { checkNames, wrong } from "./errors.js";
import { type Log, logToConsole, report } from "./log.js";
import { answering, errorResponse } from "./open.js";
import { closeOnSignals, closerOf } from "./server/close.js";
import { connectionOf, endConnection, isOver, signalOf } from "./server/connection.js";
import { requestOf } from "./server/request.js";
import { type Exchange, giveUp, send } from "./server/send.js";
import { addressOf, listen, type Open, type Serving } from "./server/serving.js";
import { sendOrUpgrade, type Upgrader, upgraderOf } from "./server/upgrade.js";
import type { Handler, Request, Response } from "./types.js";

export type { Close, CloseOptions } from "./server/close.js";
export type { Serving } from "./server/serving.js";
export type { Upgrader } from "./server/upgrade.js";

/** What `http`, `https` and `http2` servers call for each request. */
export type Listener = (
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
) => void;

export type ListenerOptions = {
  /** Where errors are reported: a line and the error; the console by default. */
  readonly log?: Log | undefined;
};

/** RFC 9110 section 9.3.7: `OPTIONS *` asks about the server as a whole. */
const aboutServer: Response = { status: 204, headers: {}, body: null };

const asksAboutServer = (req: IncomingMessage): boolean => req.url === "*" && req.method === "OPTIONS";

/** What stands for a request that no map can be made of; it is known as the connection's newest, like any other. */
const unmapped = (req: IncomingMessage, res: ServerResponse): Exchange["request"] => ({
  method: req.method ?? "",
  uri: req.url ?? "",
  signal: signalOf(connectionOf(req), req, res),
});

/** The edge around a handler. The http2 module's compatible objects are taken for those of http. */
function edge(who: string, handler: Handler, log: Log, isClosing: () => boolean, deliver = send) {
  if (typeof handler !== "function") throw wrong(who, "a handler (a function) first", handler);
  if (typeof log !== "function") throw wrong(who, 'a function as "log"', log);
  const answer = answering(handler, log);
  const exchange = (req: IncomingMessage, res: ServerResponse, request: Exchange["request"]): Exchange => ({
    req,
    res,
    request,
    log,
    isLast: isClosing() && endConnection(req, res),
  });
  /** The promises of others are taken into Node's own, which neither throw nor settle twice. */
  const later = (req: IncomingMessage, res: ServerResponse, request: Request, response: unknown): void => {
    Promise.resolve(response as PromiseLike<Response>).then(
      (response) => deliver(exchange(req, res, request), response),
      (error) => giveUp(exchange(req, res, request), error),
    );
  };
  return (req: IncomingMessage, res: ServerResponse): void => {
    if (isClosing() && isOver(req)) return;
    let request: Request;
    try {
      request = requestOf(req, res);
    } catch (error) {
      send(exchange(req, res, unmapped(req, res)), asksAboutServer(req) ? aboutServer : errorResponse(error));
      return;
    }
    const response = answer(request);
    if (isPromise(response)) later(req, res, request, response);
    else deliver(exchange(req, res, request), response);
  };
}

/**
 * Makes of a handler what `http`, `https` and `http2` servers call. What the handler leaves open is answered here
 * as `withErrors` does.
 *
 * `https.createServer({ key, cert }, listener(app)).listen(443)`
 */
export const listener = (handler: Handler, { log = logToConsole }: ListenerOptions = {}): Listener =>
  edge("listener", handler, log, () => false) as Listener;

/**
 * Makes of a handler what `http` and `https` servers call for a request that asks for another protocol, as those of
 * WebSockets do; `serve` has it already.
 *
 * `https.createServer({ key, cert }, listener(app)).on("upgrade", upgrader(app)).listen(443)`
 */
export const upgrader = (handler: Handler, { log = logToConsole }: ListenerOptions = {}): Upgrader =>
  upgraderOf(edge("upgrader", handler, log, () => false, sendOrUpgrade));

export type ServeOptions = ListenerOptions & {
  /** From 0 (any that is free) to 65535; `PORT` of the environment or 3000 by default. */
  readonly port?: number | string | undefined;
  /** Name or address of an interface; `HOST` of the environment or 127.0.0.1 by default. */
  readonly host?: string | undefined;
  /**
   * Whether SIGTERM and SIGINT close the server and end the process, and SIGHUP (but of a terminal) and SIGUSR2 put
   * new workers in the place of the old ones; true by default.
   */
  readonly signals?: boolean | undefined;
  /** How many processes serve, each of which runs the whole program; "auto": one for each core. None by default: this one. */
  readonly workers?: "auto" | number | undefined;
};

function portOf(port: number | string): number {
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw wrong("serve", 'a port from 0 to 65535 as "port" (or PORT in the environment)', port);
}

function hostOf(host: string): string {
  if (typeof host === "string" && host !== "") return host;
  throw wrong("serve", 'a name or address as "host" (or HOST in the environment)', host);
}

const opener =
  (handler: Handler, host: string, log: Log): Open =>
  async (port, signals) => {
    const server = createServer();
    const isClosing = () => !server.listening;
    server.on("request", edge("serve", handler, log, isClosing));
    server.on("upgrade", upgraderOf(edge("serve", handler, log, isClosing, sendOrUpgrade)));
    const close = closerOf(server);
    await listen(server, port, host);
    server.removeAllListeners("error").on("error", (error) => report(log, `serve: ${error.message}`, error));
    if (signals) server.once("close", closeOnSignals(close));
    return { ...addressOf(server), server, close };
  };

/**
 * Serves a handler over HTTP, and resolves once the server listens, or all of its workers do.
 *
 * `const { url, close } = await serve(app, { port: 3000 })`
 *
 * @throws TypeError for a wrong option, and for sessions that `workers` cannot share; an error with a `code` where it
 * cannot listen; an error where a worker ends before it listens.
 */
export async function serve(handler: Handler, options: ServeOptions = {}): Promise<Serving> {
  checkNames("serve", options, ["port", "host", "signals", "log", "workers"]);
  const { signals = true, log = logToConsole, workers } = options;
  if (typeof signals !== "boolean") throw wrong("serve", 'true or false as "signals"', signals);
  // A variable that is set to nothing counts as one that is not set.
  const port = portOf(options.port ?? (process.env.PORT || 3000));
  const host = hostOf(options.host ?? (process.env.HOST || "127.0.0.1"));
  const open = opener(handler, host, log);
  if (workers === undefined) return open(port, signals);
  const { serveByWorkers } = await import("./server/workers.js");
  return serveByWorkers(workers, { port, signals, log, open });
}
