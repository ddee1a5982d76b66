/** Serving by several processes: a primary that starts and leads them, and workers that serve as one process would. */
import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import { isatty } from "node:tty";
import { wrong } from "../errors.js";
import type { Log } from "../log.js";
import { refuseUnshared, type Unshared } from "../unshared.js";
import { type Close, closeOnSignals } from "./close.js";
import type { Open, Serving } from "./serving.js";
import { startPool } from "./workers/pool.js";
import { obey, portOfPrimary } from "./workers/worker.js";

export type WorkersOptions = {
  readonly port: number;
  readonly signals: boolean;
  readonly log: Log;
  readonly open: Open;
};

function countOf(workers: unknown): number {
  if (workers === "auto") return availableParallelism();
  if (typeof workers === "number" && Number.isInteger(workers) && workers >= 1) return workers;
  throw wrong("serve", '"auto" or a whole number from 1 as "workers"', workers);
}

const advice: { readonly [kind in Unshared]: string } = {
  memory:
    'sessions in memory are known to one process only, and "workers" starts several. Use a store of composure/redis, composure/postgres or composure/sqlite',
  keys: 'cookie sessions without "keys" are readable to one process only, and "workers" starts several. Give withSession "keys" that all of them share',
};

function refusal(kind: Unshared): void {
  throw new TypeError(`serve: ${advice[kind]}`);
}

/** Runs one after another; what is asked for while one runs is done by one more after it. */
function inTurn(run: () => Promise<void>): () => Promise<void> {
  let isRunning = false;
  let isWanted = false;
  return async () => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await run();
    }
    isRunning = false;
  };
}

/** SIGHUP and SIGUSR2 roll the workers; from a terminal SIGHUP says that it is closed, and ends them. Gives what undoes this. */
function rollOnSignals(roll: () => Promise<void>): () => void {
  const signals = isatty(0) ? ["SIGUSR2"] : ["SIGHUP", "SIGUSR2"];
  for (const signal of signals) process.on(signal, roll);
  return () => {
    for (const signal of signals) process.off(signal, roll);
  };
}

/**
 * Seconds that an old worker has to finish its requests: 10, or more where Node lets idle connections be for longer.
 * It cuts them a second after the time that it tells their clients.
 */
const graceOfRoll = ({ keepAliveTimeout }: Serving["server"]): number =>
  Math.max(10, keepAliveTimeout / 1000 + 2);

function undoAll(undo: (() => void)[]): void {
  for (const forget of undo.splice(0)) forget();
}

/** Starts the workers, and gives what closes them; `undo` is done then. */
async function start(
  count: number,
  { port: wanted, signals, log, open }: WorkersOptions,
  undo: (() => void)[],
): Promise<Serving> {
  // What is wrong with the address is found out here, and which port is free: workers that come later get the same.
  const { url, port, server, close: stop } = await open(wanted, false);
  stop();
  const starting = startPool({ count, port, log });
  // A signal that comes before all of them listen would end this process if nobody listened to it.
  const roll = inTurn(() =>
    starting.then(
      (pool) => pool.roll(graceOfRoll(server)),
      () => {},
    ),
  );
  if (signals) undo.push(rollOnSignals(roll));
  const pool = await starting;
  const close: Close = (options) => {
    const closed = pool.close(options);
    closed.then(() => undoAll(undo));
    return closed;
  };
  if (signals) undo.push(closeOnSignals(close));
  return { url, port, server, close };
}

/** Signals are the primary's; those that a terminal sends to all are passed over here. */
function leaveSignals(): void {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
}

async function follow({ port, signals, open }: WorkersOptions): Promise<Serving> {
  const given = portOfPrimary();
  // A primary that is not ours gives no orders.
  if (given === undefined) return open(port, signals);
  const serving = await open(given, false);
  obey(serving);
  if (signals) leaveSignals();
  return serving;
}

let isLeading = false;

function lead(): () => void {
  isLeading = true;
  return () => {
    isLeading = false;
  };
}

/**
 * Serves by workers: in the primary it starts and leads them, and in each of these it serves. Workers run the program from
 * its beginning, so that a second set of them would serve what the first is to serve.
 */
export async function serveByWorkers(workers: unknown, options: WorkersOptions): Promise<Serving> {
  const count = countOf(workers);
  if (isLeading) throw new Error('serve: only one call of a process can have "workers", and one has them');
  // Also where there is one core only, for what works must not depend on the machine.
  const undo = workers === 1 ? [] : [refuseUnshared(refusal)];
  if (!cluster.isPrimary) return follow(options);
  undo.push(lead());
  return start(count, options, undo).catch((error) => {
    undoAll(undo);
    throw error;
  });
}
