/** Processes that ask apps as they are told, each of many things at once. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cleanEnv, mortal } from "../house/child.js";
import type { Answer, Order } from "./worker.js";

export type Worker = {
  /** Has it do all that is asked at once; rejects where it fails or ends meanwhile. */
  readonly tell: (order: Omit<Order, "id">) => Promise<Required<Answer>>;
  readonly end: () => Promise<void>;
};

export function startWorker(): Worker {
  const child = mortal(fork(join(import.meta.dirname, "worker.js"), { env: cleanEnv() }));
  const ended = once(child, "exit");
  const waiting = new Map<number, (answer: Answer) => void>();
  let orders = 0;

  const settle = (answer: Answer): void => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  };
  child.on("message", settle);
  child.once("exit", (code, signal) => {
    for (const id of waiting.keys()) settle({ id, error: `the process ended (${signal ?? code})` });
  });

  return {
    async tell(order) {
      const id = orders++;
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      child.send({ id, ...order }, (error) => error && settle({ id, error: error.message }));
      const answer = await answered;
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer as Required<Answer>;
    },
    async end() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
