/** Programs that a spec starts: bounded in time, out of the coverage, ended by their own id. */
import { execFile } from "node:child_process";

export type Ended = { readonly ok: boolean; readonly stdout: string; readonly stderr: string };
export type RunOptions = {
  readonly cwd: string;
  /** Seconds until the program is ended; default 15. */
  readonly limit?: number;
  readonly env?: NodeJS.ProcessEnv;
};

/** The environment without what would follow the specs into the programs that they start. */
export const cleanEnv = (): NodeJS.ProcessEnv => {
  const { NODE_V8_COVERAGE, FORCE_COLOR, npm_config_local_prefix, ...env } = process.env;
  return { ...env, NO_COLOR: "1" };
};

/** `await run("node", ["server.js"], { cwd })` waits for the end of a program; one that fails is not an error. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, limit = 15, env = {} } = options;
  const settings = { cwd, env: { ...cleanEnv(), ...env }, timeout: limit * 1000, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(command, args, { ...settings, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const late = error?.killed ? `ended after ${limit} seconds\n` : "";
      resolve({ ok: error === null, stdout, stderr: late + stderr });
    });
  });
}
