/** A WebSocket as handlers see it. */
import { wrong } from "../errors.js";
import type { Request } from "../types.js";
import type { Wire } from "./wire.js";

/** Text is a string, anything else bytes. */
export type SocketData = string | Uint8Array;

export type Socket = {
  /** The request that asked for the connection; its session is the one of that time. */
  readonly request: Request;
  /** The subprotocol that was agreed on, or "". */
  readonly protocol: string;
  /** Sends a message. Resolves once the network has taken it: to true, or to false where the connection has ended. */
  readonly send: (data: SocketData) => Promise<boolean>;
  /** How many bytes were sent that the network has not taken yet. */
  readonly buffered: () => number;
  /** Ends the connection, with 1000 (done) or a code of your own from 3000 to 4999. No message comes after it. */
  readonly close: (code?: number, reason?: string) => void;
};

function checkData(data: unknown): void {
  if (typeof data === "string" || data instanceof Uint8Array) return;
  throw wrong("socket.send", "text or bytes", data, "To send it as JSON write JSON.stringify(value)");
}

/** RFC 6455 section 7.4: the other codes are for those who speak the protocol. */
function checkCode(code: number): void {
  if (code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999)) return;
  throw wrong("socket.close", "1000 or a code from 3000 to 4999", code);
}

/** RFC 6455 section 5.5: a control frame carries 125 bytes, two of which are the code. */
function checkReason(reason: string): void {
  if (typeof reason === "string" && Buffer.byteLength(reason) <= 123) return;
  throw wrong("socket.close", "a reason of up to 123 bytes", reason);
}

/** The socket over a wire; `end` closes it. */
export const socketOf = (
  wire: Wire,
  request: Request,
  end: (code: number, reason: string) => void,
): Socket => ({
  request,
  protocol: wire.protocol,
  send(data) {
    checkData(data);
    return new Promise((resolve) => wire.send(data, (error) => resolve(!error)));
  },
  buffered: () => wire.bufferedAmount,
  close(code = 1000, reason = "") {
    checkCode(code);
    checkReason(reason);
    end(code, reason);
  },
});
