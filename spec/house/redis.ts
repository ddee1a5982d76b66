/** Redis servers of a spec's own, where the machine has Redis: on free ports, in temporary folders, ended by their ids. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { cleanEnv, mortal, temporary } from "./child.js";
import { eventually } from "./eventually.js";
import { freePort } from "./port.js";

const executable = [
  "/usr/bin/redis-server",
  "/usr/local/bin/redis-server",
  "/opt/homebrew/bin/redis-server",
].find((path) => existsSync(path));

export const hasRedis = executable !== undefined;

/** Says that a spec cannot run: `if (hasRedis) test(…); else skipRedis("sessions in Redis")`. */
export const skipRedis = (what: string): void =>
  console.log(`skipped: ${what}: no redis-server on this machine`);

export type RedisServer = {
  readonly port: number;
  readonly url: string;
  /** Ends it as an operator would, and removes its folder. */
  readonly stop: () => Promise<void>;
  /** kill -9: nothing is saved any more. What was on disk stays there for `restart`. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, on the same port and folder; resolves when it answers. */
  readonly restart: () => Promise<void>;
  /** SIGSTOP: connections are accepted by the system, and nobody answers. */
  readonly freeze: () => void;
  readonly thaw: () => void;
};

/** Whether the server takes commands; one that loads its data does not yet. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const done = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once("data", (bytes) => done(bytes.toString().startsWith("+PONG")));
    socket.once("error", () => done(false));
  });
}

async function launch(port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const all = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...args];
  const child = mortal(spawn(executable!, all, { env: cleanEnv(), stdio: "ignore" }));
  const isSettled = async () => child.exitCode !== null || (await answers(port));
  await eventually(isSettled).catch(() => child.kill("SIGKILL"));
  if (child.exitCode === null && !child.killed) return child;
  throw new Error(`redis-server ${args.join(" ")} does not answer`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  // One that is frozen ends when it goes on.
  child.kill("SIGCONT");
  await ended;
}

/** By default nothing is saved; say `["--appendonly", "yes"]` where it must be there after a `kill`. */
const forgetful = ["--save", "", "--appendonly", "no"];

/** `const redis = await startRedis(["--maxmemory", "10mb"])`; later arguments win over those of the house. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const folder = temporary("redis");
  const all = [...forgetful, ...args];
  let child = await launch(port, folder, all);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await end(child, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end(child, "SIGKILL"),
    async restart() {
      child = await launch(port, folder, all);
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
  };
}
