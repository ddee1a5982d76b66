/** The connection itself, as the `ws` package gives it; its types are named here, so that nobody else needs them. */
import { headerName, headerValue } from "../text/header.js";
import type { ResponseHeaders } from "../types.js";
import type { Settings } from "./options.js";

/** What is used of a WebSocket of `ws`. */
export type Wire = {
  readonly protocol: string;
  readonly bufferedAmount: number;
  readonly isPaused: boolean;
  send(data: string | Uint8Array, done: (error?: Error) => void): void;
  close(code: number, reason?: string): void;
  terminate(): void;
  ping(): void;
  pause(): void;
  resume(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number, reason: Buffer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
};

/** What is used of a server of `ws`. */
type Acceptor = {
  on(event: "headers", listener: (lines: string[]) => void): unknown;
  handleUpgrade(req: unknown, socket: unknown, head: Uint8Array, opened: (wire: Wire) => void): void;
};
type Ws = { readonly WebSocketServer: new (options: object) => Acceptor };

function explained(cause: unknown): never {
  throw new Error("websocket: the package ws cannot be loaded. Run npm install ws", { cause });
}

/** Loaded with the first upgrade, so that the door opens without it. */
const load = (): Promise<Ws> => (import("ws") as Promise<unknown> as Promise<Ws>).catch(explained);

/** Fields that frame a message or belong to the handshake itself. */
const own = /^(?:connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/;

/** The lines of the fields that go out with the handshake; `ws` would write any text. */
function linesOf(headers: ResponseHeaders): string[] {
  return Object.keys(headers)
    .map((name) => headerName("websocket", name))
    .filter((name) => !own.test(name))
    .flatMap((name) =>
      [headers[name] ?? []].flat().map((value) => `${name}: ${headerValue("websocket", value)}`),
    );
}

/** Node's request, as far as it is looked at. */
export type Incoming = {
  readonly socket: NodeJS.EventEmitter & {
    readonly bytesRead: number;
    setDefaultEncoding(encoding: "latin1" | "utf8"): unknown;
  };
};

export type Opening = Pick<Settings, "maxPayload" | "protocols"> & {
  readonly req: Incoming;
  readonly headers: ResponseHeaders;
};

/**
 * Answers the handshake (RFC 6455 section 4.2.2) and calls `opened` with the connection, unless the client has left.
 * Messages are not compressed: it would cost much memory, and tell secrets by their length.
 */
export async function openWire(opening: Opening, opened: (wire: Wire) => void): Promise<void> {
  const { req, headers, maxPayload, protocols } = opening;
  const lines = linesOf(headers);
  const { WebSocketServer } = await load();
  const handleProtocols = (offered: ReadonlySet<string>) =>
    protocols.find((protocol) => offered.has(protocol)) ?? false;
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
    handleProtocols,
  });
  // Fields are latin1, and written as text like messages, which are UTF-8.
  acceptor.on("headers", (own) => {
    own.push(...lines);
    req.socket.setDefaultEncoding("latin1");
  });
  acceptor.handleUpgrade(req, req.socket, Buffer.alloc(0), (wire) => {
    req.socket.setDefaultEncoding("utf8");
    opened(wire);
  });
}
