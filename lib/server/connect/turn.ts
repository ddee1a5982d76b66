/** A request's turn at middleware: it is answered there, or goes on to the handler, or fails. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { release } from "../../bodies.js";
import { isPromise, rescue, then } from "../../decorate.js";
import { logError, logToConsole } from "../../log.js";
import type { Awaitable, Handler, Request, Response, ResponseBody } from "../../types.js";
import { bodyAfter } from "./body.js";
import { dress, type Incoming, incomingOf } from "./incoming.js";
import { type Outcome, outcome } from "./outcome.js";
import { drop, leave, type Outgoing, outgoing } from "./outgoing.js";
import { fieldsOf, writeThrough } from "./through.js";

/** What middleware calls: without an error to go on, with one to give up. */
export type ConnectNext = (error?: unknown) => void;

/** Middleware of Connect and Express, and whole apps; written as a method, so that Express's own types fit. */
export type ConnectMiddleware = {
  middleware(req: IncomingMessage, res: ServerResponse, next: ConnectNext): unknown;
}["middleware"];

type Turn = {
  readonly request: Request;
  readonly handler: Handler;
  readonly req: Incoming;
  readonly res: Outgoing;
  readonly told: Outcome<Response | null>;
  /** Whether the middleware has gone on to the handler. */
  isPassed: boolean;
  /** What the handler has answered. */
  answered: Response | undefined;
};

/** By Express's rules an error with a status is meant for the client; http-errors say so by `expose`. */
function meant(error: unknown): unknown {
  if (!(error instanceof Error) || "expose" in error) return error;
  const { status, statusCode = status } = error as { status?: unknown; statusCode?: unknown };
  if (typeof statusCode !== "number" || !(statusCode >= 400 && statusCode <= 599)) return error;
  Reflect.set(error, "status", statusCode);
  Reflect.set(error, "expose", statusCode < 500);
  return error;
}

/** An error that comes when all is told cuts a body that goes on; else it can only be reported: a session, say, that could not be saved. */
function failLate({ request, res }: Turn, error: unknown): void {
  if (res.writableEnded || res.destroyed) logError(logToConsole, error, request);
  else res.destroy(error as Error);
}

function fail(turn: Turn, error: unknown): void {
  const { told, res, answered } = turn;
  if (told.isKnown()) {
    failLate(turn, error);
    return;
  }
  told.fail(error);
  release(answered?.body);
  leave(res);
}

function give({ told, res, answered }: Turn, body: ResponseBody | null): void {
  told.give({ ...answered, status: res.statusCode, headers: fieldsOf(res, body), body });
}

function answer(turn: Turn, response: Response | null): Awaitable<void> {
  const { told, res } = turn;
  if (told.isKnown()) return release(response?.body);
  if (response) {
    turn.answered = response;
    return writeThrough(res, response);
  }
  drop(res);
  told.give(null);
}

/** The handler's turn. */
const handle = rescue(
  (turn: Turn) => {
    const { handler, request, req, res } = turn;
    const seen = { ...request, body: bodyAfter(req, request), raw: { req, res } };
    return then(handler(seen), (response) => answer(turn, response));
  },
  (error, turn) => fail(turn, error),
);

/** Express's way of skipping what comes next. */
const isSkip = (error: unknown): boolean => error === "route" || error === "router";

function goOn(turn: Turn, error: unknown): void {
  if (isSkip(error)) answer(turn, null);
  else if (error) fail(turn, meant(error));
  else if (!turn.isPassed && !turn.told.isKnown()) {
    turn.isPassed = true;
    handle(turn);
  }
}

/** The client has left. A handler at work is waited for: it may have a session to save. */
function left(turn: Turn): void {
  leave(turn.res);
  if (turn.answered) give(turn, null);
  else if (!turn.isPassed) fail(turn, turn.request.signal?.reason);
}

function begin(middleware: ConnectMiddleware, turn: Turn): void {
  const failed = (error: unknown) => fail(turn, meant(error));
  try {
    const waiting = middleware(turn.req, turn.res, (error) => goOn(turn, error));
    if (isPromise(waiting)) waiting.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/** What is told later must not be waited for any more when the client has left. */
function attend(turn: Turn, signal: AbortSignal): void {
  const leaving = () => left(turn);
  turn.told.finally(() => signal.removeEventListener("abort", leaving));
  if (signal.aborted) leaving();
  else signal.addEventListener("abort", leaving);
}

/** Whether middleware is an app of Express's, which puts prototypes of its own on the request and the response. */
const isApp = (middleware: object): boolean => "request" in middleware && "response" in middleware;

/** Gives a request to middleware, and to the handler where that goes on. */
export function takeTurn(
  middleware: ConnectMiddleware,
  handler: Handler,
  request: Request,
): Awaitable<Response | null> {
  const req = incomingOf(request);
  const told = outcome<Response | null>();
  const res = outgoing(req, { made: (body) => give(turn, body), failed: (error) => fail(turn, error) });
  const turn: Turn = { request, handler, req, res, told, isPassed: false, answered: undefined };
  told.finally(dress(req, request, isApp(middleware)));
  begin(middleware, turn);
  if (!told.isKnown() && request.signal !== undefined) attend(turn, request.signal);
  return told.result();
}
