/** The workers of a primary: as many as wanted, whatever becomes of each. */
import { type Log, report } from "../../log.js";
import { type Close, orderOf, unlessDone } from "../close.js";
import { crashesWith, pauseAfter } from "./pause.js";
import { startWorker, type Worker } from "./worker.js";

export type Pool = {
  /** Puts a new worker in the place of each, one by one; an old one has so many seconds to finish its requests. */
  readonly roll: (grace: number) => Promise<void>;
  readonly close: Close;
};

export type PoolOptions = { readonly count: number; readonly port: number; readonly log: Log };

/** Seconds after which a new worker that does not listen yet counts as one that never will, where old ones wait for it. */
const patience = 60;

/** Starts so many workers; where one ends before it listens, all do. */
async function startAll(count: number, port: number): Promise<Worker[]> {
  const workers = Array.from({ length: count }, () => startWorker(port));
  const check = async ({ isUp, ended }: Worker): Promise<void> => {
    if (await isUp) return;
    const how = await ended;
    const hint = "The whole program runs in each worker, and must call serve there too";
    throw new Error(`serve: a worker ended before it listened (${how}). ${hint}`);
  };
  try {
    await Promise.all(workers.map(check));
  } catch (error) {
    for (const { kill } of workers) kill();
    await Promise.all(workers.map(({ ended }) => ended));
    throw error;
  }
  return workers;
}

/** Starts the workers, and resolves once all of them listen. */
export async function startPool({ count, port, log }: PoolOptions): Promise<Pool> {
  const workers = new Set<Worker>();
  const leaving = new WeakSet<Worker>();
  const pauses = new Set<NodeJS.Timeout>();
  let crashes = 0;
  let closed: Promise<void> | undefined;

  const tell = (what: string): void => report(log, `serve: ${what}`, new Error(what));

  const add = (worker: Worker): Worker => {
    workers.add(worker);
    worker.ended.then(() => workers.delete(worker));
    return worker;
  };

  /** From now on another one takes the worker's place when it ends, unless it was to leave. */
  const keep = (worker: Worker): void => {
    worker.ended.then((how) => {
      if (closed === undefined && !leaving.has(worker)) replace(worker, how);
    });
  };

  const replace = ({ pid, served }: Worker, how: string): void => {
    crashes = crashesWith(crashes, served());
    const pause = pauseAfter(crashes);
    const timer = setTimeout(() => {
      pauses.delete(timer);
      keep(add(startWorker(port)));
    }, pause);
    pauses.add(timer);
    const who = pid === undefined ? "a worker" : `worker ${pid}`;
    tell(`${who} ended (${how}); another is started${pause > 0 ? ` in ${pause / 1000} s` : ""}`);
  };

  /** Starts one more; null where that does not listen in the end. */
  const addOne = async (): Promise<Worker | null> => {
    const worker = add(startWorker(port));
    unlessDone(worker.isUp, patience, worker.kill);
    if (await worker.isUp) {
      keep(worker);
      return worker;
    }
    const how = await worker.ended;
    if (closed === undefined) tell(`a new worker ended before it listened (${how}); the old ones stay`);
    return null;
  };

  for (const worker of await startAll(count, port)) keep(add(worker));

  return {
    async roll(grace) {
      for (const old of [...workers]) {
        if (!workers.has(old)) continue;
        if (closed !== undefined) return;
        const young = addOne();
        // Also where the old one crashes meanwhile, its place is the young one's.
        leaving.add(old);
        if ((await young) === null) {
          leaving.delete(old);
          if (!workers.has(old)) keep(old);
          return;
        }
        if (workers.has(old)) old.close({ grace, keepIdle: true });
        else tell(`worker ${old.pid} ended (${await old.ended}); a new one has its place`);
        await old.ended;
      }
    },
    close(options = {}) {
      const order = orderOf(options, closed === undefined);
      closed ??= Promise.all([...workers].map(({ ended }) => ended)).then(() => {});
      for (const pause of pauses) clearTimeout(pause);
      for (const worker of workers) worker.close(order);
      return closed;
    },
  };
}
