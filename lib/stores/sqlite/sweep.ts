/** Deletes what is over: within a minute, and never much at once. */
import { setTimeout as wait } from "node:timers/promises";
import type { Awaitable } from "../../types.js";
import { isBusy } from "./failure.js";

const every = 30_000;
/** Between two batches, so that other work goes on, here and in other processes. */
const pause = 10;

export type Sweep = {
  /** Deletes some, and tells whether there may be more. */
  readonly some: () => Awaitable<boolean>;
  /** What is to be done when none is left. */
  readonly after: () => void;
};

const isOver = (error: unknown): boolean => isBusy((error as Error).cause ?? error);

/** Begins to sweep every half a minute, and gives what ends it. It keeps no process alive. */
export function sweeping({ some, after }: Sweep): () => void {
  const ended = new AbortController();
  let isSweeping = false;

  const sweep = async (): Promise<void> => {
    while (!ended.signal.aborted && (await some())) await wait(pause, undefined, { ref: false });
    if (!ended.signal.aborted) after();
  };

  const turn = async (): Promise<void> => {
    if (isSweeping) return;
    isSweeping = true;
    try {
      await sweep();
    } catch (error) {
      // Where another process is writing all the time, it is sweeping too.
      if (!isOver(error)) console.error("sqliteStore: expired sessions could not be deleted", error);
    } finally {
      isSweeping = false;
    }
  };

  const timer = setInterval(turn, every).unref();
  return () => {
    ended.abort();
    clearInterval(timer);
  };
}
