/** One worker: as its primary sees it, and what it does as one. */
import cluster, { type Worker as Forked } from "node:cluster";
import { type CloseOptions, type Order, unlessDone } from "../close.js";
import type { Serving } from "../serving.js";

/** A worker as its primary sees it. */
export type Worker = {
  readonly pid: number | undefined;
  /** Whether it serves in the end; false: it ended before. */
  readonly isUp: Promise<boolean>;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** For how many milliseconds it has been serving; 0 before. */
  readonly served: () => number;
  /** Has it finish its requests and end; it is ended where it does not, and at once where it has none yet. */
  readonly close: (order: Order) => void;
  readonly kill: () => void;
};

/** The name under which a primary's orders to close stand, among the messages of others. */
const orders = "composure:close";

/** What comes of an order on its way: JSON has no `Infinity`. */
type Message = { readonly [orders]?: Omit<Order, "grace"> & { readonly grace: number | null } };

/** Where a worker finds the port that its primary has found free. */
const variable = "COMPOSURE_WORKER_PORT";

/** Seconds past its grace in which a worker may end by itself. */
const leeway = 1;

/** One that could not be started emits no `exit`. */
const endOf = (forked: Forked): Promise<string> =>
  new Promise((resolve) => {
    forked.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    forked.on("error", (error) => {
      if (forked.process.pid === undefined) resolve(error.message);
    });
  });

/** A worker that was forked, which is to listen on this port. */
function watched(forked: Forked, port: number): Worker {
  const ended = endOf(forked);
  const kill = () => void forked.process.kill("SIGKILL");
  let since: number | undefined;
  const listens = new Promise<true>((resolve) => {
    forked.on("listening", (address) => {
      if (address.port !== port) return;
      since ??= Date.now();
      resolve(true);
    });
  });
  return {
    pid: forked.process.pid,
    isUp: Promise.race([listens, ended.then(() => false)]),
    ended,
    served: () => (since === undefined ? 0 : Date.now() - since),
    close(order) {
      if (since === undefined) return kill();
      // A worker that is gone does not hear it, and one that is stuck is ended when its time is over.
      forked.send({ [orders]: order }, () => {});
      if (!forked.exitedAfterDisconnect) forked.disconnect();
      unlessDone(ended, order.grace + leeway, kill);
    },
    kill,
  };
}

/** One that never was. */
const unborn = (how: string): Worker => ({
  pid: undefined,
  isUp: Promise.resolve(false),
  ended: Promise.resolve(how),
  served: () => 0,
  close() {},
  kill() {},
});

/** Starts a worker, which is to listen on this port. What keeps Node from it, such as a lack of memory, has ended it. */
export function startWorker(port: number): Worker {
  try {
    return watched(cluster.fork({ [variable]: port }), port);
  } catch (error) {
    return unborn((error as Error).message);
  }
}

/** The port that a primary of ours tells its worker, which must not tell it on to programs that it starts itself. */
export function portOfPrimary(): number | undefined {
  const port = process.env[variable];
  delete process.env[variable];
  return port === undefined ? undefined : Number(port);
}

/**
 * Has this worker do as its primary says. That tells how to close, then disconnects it: Node hands no more connections
 * over and has the server close, which would cut the idle ones, so it finds our way to close there. How may be told anew.
 */
export function obey({ server, close }: Serving): void {
  let order: CloseOptions = {};
  let isClosing = false;
  server.close = (done) => {
    isClosing = true;
    close(order).then(() => done?.());
    return server;
  };
  process.on("message", (message: Message | null) => {
    const told = message?.[orders];
    if (told === undefined) return;
    order = { ...told, grace: told.grace ?? Number.POSITIVE_INFINITY };
    if (isClosing) close(order);
  });
  // Whoever listens to the primary stays alive; a worker that the program has closed shall end, and another take its place.
  server.once("close", () => process.channel?.unref());
  process.once("disconnect", () => process.exit(0));
}
