/** A store that answers later, as one on a network does: its own calls overlap, only its updates are atomic. */
import { setTimeout as wait } from "node:timers/promises";
import { memoryStore } from "../../lib/stores/memory.js";
import type { SessionStore } from "../../lib/types.js";

const latency = () => wait(Math.random() * 3);

export function asyncStore(): SessionStore {
  const inner = memoryStore();
  const later =
    <Args extends readonly unknown[], Result>(fn: (...args: Args) => Result) =>
    async (...args: Args): Promise<Awaited<Result>> => {
      await latency();
      const result = await fn(...args);
      await latency();
      return result;
    };
  return {
    read: later(async (id) => {
      const record = await inner.read(id);
      return record && JSON.parse(JSON.stringify(record));
    }),
    create: later(inner.create),
    // The change runs twice, as in a store that compares and sets, and only the second run counts.
    update: later(async (id, change, keep) => {
      const before = await inner.read(id);
      if (before !== null) change(before);
      await latency();
      return inner.update(id, change, keep);
    }),
    delete: later(inner.delete),
    touch: later(async (id, keep) => inner.touch?.(id, keep)),
  };
}
