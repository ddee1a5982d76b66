/** One worker: as its primary sees it, and what it does as one. */
import cluster, { type Worker as Forked } from "node:cluster";
import { type Closer, type CloserOptions, unlessDone } from "../close.js";

/** A worker as its primary sees it. */
export type Worker = {
  readonly pid: number | undefined;
  /** Whether it serves in the end; false: it ended before. */
  readonly isUp: Promise<boolean>;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** For how many milliseconds it has been serving; undefined before. */
  readonly served: () => number | undefined;
  /** Has it finish its requests and end; it is ended where it does not. */
  readonly close: (order: Order) => void;
  readonly kill: () => void;
};

/** What a primary tells its worker: to close. */
export type Order = CloserOptions & { readonly grace: number };

/** The name under which orders stand, among the messages of others. */
const orders = "composure:close";

/** What comes of an order on its way: JSON has no `Infinity`. */
type Message = { readonly [orders]?: CloserOptions & { readonly grace: number | null } };

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

/** Starts a worker, which is to listen on this port. */
export function startWorker(port: number): Worker {
  const forked = cluster.fork({ [variable]: port });
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
    served: () => since && Date.now() - since,
    close(order) {
      // One that cannot hear any more is ended when its time is over.
      forked.send({ [orders]: order }, () => {});
      unlessDone(ended, order.grace + leeway, kill);
    },
    kill,
  };
}

/** The port that a primary of ours tells its worker, which must not tell it on to programs that it starts itself. */
export function portOfPrimary(): number | undefined {
  const port = process.env[variable];
  delete process.env[variable];
  return port === undefined ? undefined : Number(port);
}

/** Ends after a word with the primary: a connection that it handed over meanwhile has been given back to it by then. */
function leave(): void {
  process.once("disconnect", () => process.exit(0));
  cluster.worker?.disconnect();
}

/** Has this worker do what its primary says. */
export function obey(close: Closer): void {
  process.on("message", (message: Message | null) => {
    const order = message?.[orders];
    if (order === undefined) return;
    close({ ...order, grace: order.grace ?? Number.POSITIVE_INFINITY }).then(leave);
  });
}
