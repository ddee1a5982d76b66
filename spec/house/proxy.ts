/** A TCP proxy between a client and its server, which fails as networks do: at the worst moment. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { eventually } from "./eventually.js";

/** What goes wrong, once. */
export type Fault = {
  /** The request that it befalls: the bytes that the client sends, as Latin-1. */
  readonly request: RegExp;
  /**
   * "lose": the request never comes to the server. "swallow": it does, and its answer is lost. "half": half of what the server answers
   * comes through. The connection is cut each time.
   */
  readonly how: "lose" | "swallow" | "half";
  /** What happens before a client that connects again is let through. */
  readonly meanwhile?: () => Promise<unknown>;
};

export type TcpProxy = {
  readonly port: number;
  /** Has something go wrong; resolves when it has. */
  readonly fail: (fault: Fault) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** `const proxy = await startProxy(redis.port)` */
export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const faults: Fault[] = [];
  const struck = new Set<Fault>();
  let isOpen: Promise<unknown> = Promise.resolve();

  const cutOff = (...pair: readonly Socket[]): void => {
    for (const socket of pair) socket.destroy();
  };

  const server = createServer(async (client) => {
    sockets.add(client);
    client.on("error", () => {}).on("close", () => sockets.delete(client));
    await isOpen;
    const upstream = connect(target, "127.0.0.1").setNoDelay();
    client.setNoDelay();
    upstream.on("error", () => {}).on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    if (client.destroyed) upstream.destroy();
    let striking: Fault | undefined;

    const strike = (fault: Fault): void => {
      isOpen = Promise.resolve(fault.meanwhile?.());
      cutOff(client, upstream);
      struck.add(fault);
    };

    client.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      const index = faults.findIndex(({ request }) => request.test(text));
      if (striking === undefined && index >= 0) [striking] = faults.splice(index, 1);
      if (striking?.how === "lose") strike(striking);
      else upstream.write(bytes);
    });

    upstream.on("data", (bytes) => {
      const fault = striking;
      if (fault?.how === "swallow") strike(fault);
      else if (fault?.how === "half") {
        // What comes after is neither passed on nor struck again.
        upstream.pause();
        client.write(bytes.subarray(0, bytes.length / 2), () => strike(fault));
      } else client.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    fail(fault) {
      faults.push(fault);
      const over = eventually(() => struck.has(fault));
      // A spec that fails before that does not wait for it.
      over.catch(() => {});
      return over;
    },
    async close() {
      server.close();
      cutOff(...sockets);
      await once(server, "close");
    },
  };
}
