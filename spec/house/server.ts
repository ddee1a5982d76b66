/** Programs that serve and say where, as their users run them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cleanEnv, mortal } from "./child.js";
import { eventually } from "./eventually.js";

export type Server = {
  readonly url: string;
  readonly port: number;
  /** What it has written on standard error so far. */
  readonly report: () => string;
  /** Its exit code and signal: `[0, null]` where all is well. */
  readonly ended: Promise<readonly unknown[]>;
  /** Asks it to end, and waits until it has. SIGTERM leaves idle connections open for some seconds. */
  readonly stop: (signal: NodeJS.Signals) => Promise<readonly unknown[]>;
  /** Ends it at once, if it is still there. */
  readonly kill: () => void;
};

export type ServerOptions = { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string };

/** Seconds until it must have said where it listens, and until it is ended. */
const [patience, lifetime] = [15, 90];

/** `await startServer(["server.js"])` runs a file by Node, on a free port of loopback unless `env` names one. */
export async function startServer(args: readonly string[], options: ServerOptions = {}): Promise<Server> {
  const child = mortal(
    spawn(process.execPath, args, {
      cwd: options.cwd,
      env: { ...cleanEnv(), PORT: "0", HOST: "127.0.0.1", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: lifetime * 1000,
      killSignal: "SIGKILL",
    }),
  );
  const ended = once(child, "close");
  const kill = () => void child.kill("SIGKILL");
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  }
  const address = () => /http:\/\/\S+(?=\n)/.exec(written.stdout)?.[0];
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await eventually(() => address() ?? hasEnded(), patience).catch(kill);
  const url = address();
  if (url === undefined) {
    await ended;
    throw new Error(`${args[0]} does not say where it listens:\n${written.stderr}`);
  }
  return {
    url,
    port: Number(new URL(url).port),
    report: () => written.stderr,
    ended,
    stop(signal) {
      child.kill(signal);
      return ended;
    },
    kill,
  };
}
