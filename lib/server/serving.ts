/** A server that listens: how it comes to, and what is told of it. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Close } from "./close.js";

export type Serving = {
  /** Where the server is found, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly port: number;
  /** With `workers` that of this process, which in the primary does not listen. */
  readonly server: Server;
  /** Stops accepting, lets requests in flight finish for `grace` seconds (10), then cuts the rest. */
  readonly close: Close;
};

/** Opens a server of this process. */
export type Open = (port: number, signals: boolean) => Promise<Serving>;

const advice: { readonly [code: string]: string } = {
  EADDRINUSE: "Something else listens there: stop it, or take another port (0 takes any that is free)",
  EACCES: "Ports below 1024 need privileges: take a higher one",
  EADDRNOTAVAIL:
    "This machine has no such address: 127.0.0.1 is this machine alone, 0.0.0.0 all its interfaces",
  ENOTFOUND: "No such name is known: 127.0.0.1 is this machine alone, 0.0.0.0 all its interfaces",
};

/** Resolves once the server listens. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const hint = advice[error.code ?? ""] ?? error.message;
      const message = `serve: cannot listen on port ${port} of ${host}. ${hint}`;
      reject(Object.assign(new Error(message, { cause: error }), { code: error.code }));
    });
    server.listen(port, host, resolve);
  });
}

/** An address that a client on this machine can open: the ones that mean all interfaces are none. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (family === "IPv6") return `http://[${address === "::" ? "::1" : address}]:${port}`;
  return `http://${address === "0.0.0.0" ? "127.0.0.1" : address}:${port}`;
}

/** Where a server listens. */
export function addressOf(server: Server): { readonly url: string; readonly port: number } {
  const address = server.address() as AddressInfo;
  return { url: urlOf(address), port: address.port };
}
