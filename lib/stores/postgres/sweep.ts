/** Removes expired records, a batch at a time, for as long as the pool is open. */
import { reporting } from "../reporting.js";
import type { Ask, PostgresPool } from "./ask.js";
import { batch } from "./sql.js";

/** Milliseconds between sweeps: what is over goes within a minute. */
const every = 30_000;

/** Gives what starts the sweeping; it does so once. Of all processes one sweeps at a time. */
export function sweeping(pool: PostgresPool, sweep: Ask): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isSweeping = false;

  const sweepAll = reporting("postgresStore: expired sessions could not be removed", async () => {
    while (!pool.ending && (await sweep()).rowCount === batch);
  });

  const tick = async (): Promise<void> => {
    if (pool.ending) clearInterval(timer);
    if (pool.ending || isSweeping) return;
    isSweeping = true;
    await sweepAll();
    isSweeping = false;
  };

  return () => {
    timer ??= setInterval(tick, every).unref();
  };
}
