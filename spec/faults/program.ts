/** The program of counters as a process of its own, ended by its id. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cleanEnv } from "../house/child.js";
import type { Kind } from "./counters.js";

export type Program = {
  readonly url: string;
  readonly pid: number;
  /** What it has reported so far. */
  readonly report: () => string;
  /** Ends it, as from a keyboard: it waits for no idle connection. Gives the code that it ended with. */
  readonly stop: () => Promise<number | null>;
};

/** `await startProgram("ioredis", redis.url)`; it never lives longer than two minutes. */
export async function startProgram(kind: Kind, database: string): Promise<Program> {
  const args = [join(import.meta.dirname, "app.js"), kind, database];
  const child = spawn(process.execPath, args, {
    env: { ...cleanEnv(), PORT: "0", HOST: "127.0.0.1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const leave = () => child.kill("SIGKILL");
  process.once("exit", leave);
  const ended = once(child, "close");
  let report = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    report += text;
  });
  const started = once(child.stdout.setEncoding("utf8"), "data", { signal: AbortSignal.timeout(15_000) });
  const [line] = await Promise.race([
    started,
    ended.then(() => Promise.reject(new Error(`the program ended:\n${report}`))),
  ]);
  return {
    url: String(line)
      .trim()
      .replace(/^listening on /, ""),
    pid: child.pid!,
    report: () => report,
    async stop() {
      child.kill("SIGINT");
      const [code] = await ended;
      process.off("exit", leave);
      return code;
    },
  };
}
