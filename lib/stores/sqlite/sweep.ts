/** Deletes what is over: within a minute, and never much at once. */
import { setTimeout as wait } from "node:timers/promises";
import type { Awaitable } from "../../types.js";
import { reporting } from "../reporting.js";
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

/** Where another process is writing all the time, it is sweeping too. */
function unlessBusy(error: unknown): void {
  if (!isBusy((error as Error).cause ?? error)) throw error;
}

/** Begins to sweep every half a minute, and gives what ends it. It keeps no process alive. */
export function sweeping({ some, after }: Sweep): () => void {
  const ended = new AbortController();
  let isSweeping = false;

  const sweep = async (): Promise<void> => {
    while (!ended.signal.aborted && (await some())) await wait(pause, undefined, { ref: false });
    if (!ended.signal.aborted) after();
  };

  const sweepAll = reporting("sqliteStore: expired sessions could not be deleted", () =>
    sweep().catch(unlessBusy),
  );

  const turn = async (): Promise<void> => {
    if (isSweeping) return;
    isSweeping = true;
    await sweepAll();
    isSweeping = false;
  };

  const timer = setInterval(turn, every).unref();
  return () => {
    ended.abort();
    clearInterval(timer);
  };
}
