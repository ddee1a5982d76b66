/**
 * Requests that ask for another protocol on their connection. Where somebody listens to "upgrade", Node hands over
 * every one of them unread, whatever the protocol: Java's HttpClient asks for h2c with each request.
 */
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { logError } from "../log.js";
import { isTakeover, sendable, type Takeover } from "../sendable.js";
import type { Response } from "../types.js";
import { fieldsOf } from "./request.js";
import { type Exchange, giveUp, send } from "./send.js";

/** What `http` and `https` servers call for the event "upgrade". */
export type Upgrader = (this: Server, req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** RFC 6455 section 4.1: a GET, and so without a body. */
const isWebSocket = ({ method, headers, rawHeaders }: IncomingMessage): boolean =>
  method === "GET" && /^websocket$/i.test(headers.upgrade ?? "") && !fieldsOf(rawHeaders).hasBody;

/** A socket, and the response that Node is sending there. */
type Held = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * A request that came on the heels of others waits for their responses, which would be mixed up with its own; and
 * any for Node to be done with the socket.
 */
function whenFree(socket: Held, go: () => void): void {
  const before = socket._httpMessage;
  if (before) before.once("close", () => whenFree(socket, go));
  else process.nextTick(go);
}

/** As Node's server does: a client that says no more, or is cut off, has left. */
function leave(this: Socket): void {
  this.end();
}

/** The bytes of a request's head without the wish for another protocol, which a server may pass over: RFC 9110 section 7.8. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== "upgrade") head += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, "latin1");
}

/** Has Node read the request once more, as an ordinary one. */
function readAgain(server: Server, req: IncomingMessage, socket: Socket): void {
  // Node keeps so many fields, or all. Were the length among those that it dropped, the body would pass for a request.
  const most = server.maxHeadersCount ?? 1000;
  if (most > 0 && req.rawHeaders.length / 2 >= most) {
    socket.destroy();
    return;
  }
  socket.off("error", leave).off("end", leave).setTimeout(0);
  socket.unshift(headOf(req));
  server.emit("encrypted" in socket ? "secureConnection" : "connection", socket);
}

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** The connection ends with the response, as nobody reads another request from it, and nobody else tells it to go on. */
function accept(answer: Answer, req: IncomingMessage, socket: Socket): void {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  socket.on("drain", () => res.emit("drain"));
  res.on("finish", () => socket.destroySoon()).assignSocket(socket);
  answer(req, res);
}

/** Gives requests for WebSockets to the handler, and passes over other wishes. */
export const upgraderOf = (answer: Answer): Upgrader =>
  function (req, duplex, head) {
    const socket = duplex as Socket;
    socket.on("error", leave).on("end", leave).unshift(head);
    whenFree(socket, () => {
      if (!socket.writable) return;
      if (isWebSocket(req)) accept(answer, req, socket);
      else readAgain(this, req, socket);
    });
  };

async function handOver({ req, request, log, isLast }: Exchange, response: Takeover): Promise<void> {
  const { headers } = sendable(response);
  const over = response.upgrade({ req, headers, report: (error) => logError(log, error, request) });
  if (isLast) req.socket.emit("closing");
  await over;
}

/** Hands the connection over to a response that asks for it, and sends any other. */
export function sendOrUpgrade(exchange: Exchange, response: Response): void {
  const answer = async () => (isTakeover(response) ? handOver(exchange, response) : send(exchange, response));
  answer().catch((error) => giveUp(exchange, error));
}
