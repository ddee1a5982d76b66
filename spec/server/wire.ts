/** Talking to a server over a real wire, for the specs of the edge. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { listener } from "../../lib/server.js";
import type { Handler, Response } from "../../lib/types.js";

export type Wire = {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** What was reported, a line and its error each. */
  readonly lines: [string, unknown][];
};

/** Runs a spec against a server on loopback, and ends the server after it. */
export async function serving(handler: Handler, spec: (wire: Wire) => Promise<void>): Promise<void> {
  const lines: [string, unknown][] = [];
  const server = createServer(listener(handler, { log: (line, error) => lines.push([line, error]) }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await spec({ url: `http://127.0.0.1:${port}`, port, server, lines });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A response of text. */
export const ok = (body = "ok"): Response => ({
  status: 200,
  headers: { "content-type": "text/plain" },
  body,
});

/** A raw connection; a reset is for the spec to find out. */
export function dial(port: number, text = ""): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  if (text !== "") socket.write(text, "latin1");
  return socket;
}

/** Everything that the server writes until it closes the connection. */
export async function allOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

/** Sends this and gives everything that comes back; the text must make the server close. */
export const say = (port: number, text: string): Promise<string> => allOf(dial(port, text));

/** A request that asks to close the connection after it. */
export const asking = (line: string, ...fields: string[]): string =>
  [`${line} HTTP/1.1`, "host: example.com", "connection: close", ...fields, "", ""].join("\r\n");
