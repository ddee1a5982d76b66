/** A response of Node's that goes nowhere: what middleware writes to it comes out as status, headers and body. */
import { EventEmitter } from "node:events";
import { type IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { isBare } from "../../framing.js";
import type { ResponseBody } from "../../types.js";
import { callbackOf, type Fields, isGiven, joined, type Piece, pieceOf, setFields } from "./written.js";

export type Bottom = {
  /** Called once, when the head is made and the body has begun: it is whole, or a stream that goes on. */
  readonly made: (body: ResponseBody | null) => void;
  /** Called where it was destroyed before that. */
  readonly failed: (error: Error) => void;
};

type State = Bottom & {
  /** What was written before the body is given away. */
  readonly pieces: Piece[];
  /** A body that is given away at its end only, as it went in. */
  held: Piece | null | undefined;
  /** Where the pieces go once it is given away. */
  stream: Readable | undefined;
  isFull: boolean;
  isOver: boolean;
};

const state = Symbol("composure.outgoing");

export type Outgoing = ServerResponse & { readonly [state]: State };

/** What `on-finished`, and so much of Connect's world, listens to when a client leaves: the socket, and no response. */
const closedSocket = () =>
  Object.assign(new EventEmitter(), { writable: false, destroyed: true, setTimeout: () => {} });

/** Tells whoever listens that nothing more will be written; `isDone` where all of it was taken. */
function over(res: Outgoing, isDone: boolean): void {
  if (res[state].isOver) return;
  res[state].isOver = true;
  if (isDone) res.emit("finish");
  res.destroyed = true;
  res.emit("close");
}

/** Tells that the client has left, or that nobody wants the response. */
export function leave(res: Outgoing): void {
  if (res[state].isOver) return;
  const socket = closedSocket();
  res.emit("socket", socket);
  socket.emit("close");
  over(res, false);
}

/** Tells that another handler answers: there is nothing to log, but what was opened may be closed. */
export const drop = (res: Outgoing): void => over(res, false);

function streamOf(res: Outgoing): Readable {
  const inner = res[state];
  return new Readable({
    read() {
      if (!inner.isFull) return;
      inner.isFull = false;
      res.emit("drain");
    },
    destroy(error, done) {
      if (this.readableEnded) over(res, true);
      else leave(res);
      done(error);
    },
  });
}

function begin(res: Outgoing): Readable {
  const inner = res[state];
  if (inner.stream === undefined) {
    inner.stream = streamOf(res);
    inner.made(inner.stream);
  }
  return inner.stream;
}

const hasNoBody = (res: Outgoing): boolean => res.req.method === "HEAD" || isBare(res.statusCode);

/** Adds a piece; false where the reader is slow. */
function add(res: Outgoing, piece: Piece): boolean {
  if (hasNoBody(res)) return true;
  const inner = res[state];
  if (inner.held !== undefined) {
    inner.pieces.push(piece);
    return true;
  }
  const goesOn = begin(res).push(piece);
  inner.isFull = !goesOn;
  return goesOn;
}

/**
 * What lies under all that middleware patches. These are properties of each response, since Express puts a
 * prototype of its own in place of Node's.
 */
const bottom = {
  writeHead(this: Outgoing, status: number, reason?: string | Fields, fields?: Fields): Outgoing {
    const given = typeof reason === "string" ? fields : reason;
    if (given && !this.headersSent) setFields(this, given);
    return ServerResponse.prototype.writeHead.call(this, status) as Outgoing;
  },
  flushHeaders(this: Outgoing): void {
    if (!this.headersSent) this.writeHead(this.statusCode);
    if (!hasNoBody(this) && this[state].held === undefined) begin(this);
  },
  write(this: Outgoing, chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    const piece = pieceOf(chunk, encoding);
    const callback = callbackOf(encoding, done);
    if (this.writableEnded) {
      if (callback) process.nextTick(callback, new Error("The response has ended"));
      return false;
    }
    if (!this.headersSent) this.writeHead(this.statusCode);
    const goesOn = add(this, piece);
    if (callback) process.nextTick(callback);
    return goesOn;
  },
  end(this: Outgoing, chunk?: unknown, encoding?: unknown, done?: unknown): Outgoing {
    const callback = callbackOf(chunk, encoding, done);
    if (this.writableEnded) return this;
    if (callback) this.once("finish", callback);
    const piece = isGiven(chunk) ? pieceOf(chunk, encoding) : undefined;
    if (!this.headersSent) this.writeHead(this.statusCode);
    this.finished = true;
    finish(this, piece);
    return this;
  },
  destroy(this: Outgoing, error: Error = new Error("The response was destroyed before its end")): Outgoing {
    if (this.destroyed) return this;
    this.destroyed = true;
    const { stream, failed } = this[state];
    if (stream === undefined) failed(error);
    else stream.destroy(error);
    leave(this);
    return this;
  },
};

/** Gives away the body as a whole, unless it has begun as a stream. */
function finish(res: Outgoing, last: Piece | undefined): void {
  const { stream, pieces, held, made } = res[state];
  if (stream !== undefined) {
    if (last !== undefined) stream.push(last);
    stream.push(null);
    return;
  }
  if (last !== undefined && !hasNoBody(res)) pieces.push(last);
  made(joined(pieces, held));
  process.nextTick(over, res, true);
}

/** The response for a request of Node's. */
export const outgoing = (req: IncomingMessage, { made, failed }: Bottom): Outgoing =>
  Object.assign(new ServerResponse(req), bottom, {
    [state]: { made, failed, pieces: [], held: undefined, stream: undefined, isFull: false, isOver: false },
  }) as unknown as Outgoing;

/** Says that this is the whole body: it is given away at its end only, however many pieces middleware makes of it. */
export function hold(res: Outgoing, body: Piece | null): void {
  res[state].held = body;
}

/** Whether no middleware wants to see the body. */
export const isUntouched = ({ write, end }: Outgoing): boolean =>
  (write as unknown) === bottom.write && (end as unknown) === bottom.end;

/** Ends a response whose body goes by as it is: a stream when it has been read, any other at once. */
export function goBy(res: Outgoing, body: ResponseBody | null): void {
  res.writeHead(res.statusCode);
  res.finished = true;
  res[state].made(body);
  if (body instanceof Readable) body.once("close", () => over(res, body.readableEnded));
  else process.nextTick(over, res, true);
}
