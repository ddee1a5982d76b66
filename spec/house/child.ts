/** Programs that a spec starts: bounded in time, out of the coverage, ended by their own id, and never left behind. */
import { type ChildProcess, execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
    const child = execFile(command, args, { ...settings, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const late = error?.killed ? `ended after ${limit} seconds\n` : "";
      resolve({ ok: error === null, stdout, stderr: late + stderr });
    });
    mortal(child);
  });
}

/** What would outlive this process if it ended now, in the middle of a spec. */
const children = new Map<ChildProcess, () => void>();
const folders = new Set<string>();
process.on("exit", () => {
  for (const end of children.values()) end();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

/** Has a program end with this process if it has not before: by SIGKILL, or as `end` does it. */
export function mortal<T extends ChildProcess>(
  child: T,
  end = (child: T): unknown => child.kill("SIGKILL"),
): T {
  children.set(child, () => end(child));
  child.once("close", () => children.delete(child));
  return child;
}

/** A folder `composure-NAME-…` of a spec's own, which goes with this process if not before. */
export function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `composure-${name}-`));
  folders.add(folder);
  return folder;
}

/** Whether a process runs. One that has ended does not, though nobody has asked how: it is a zombie until then. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return (
      !existsSync("/proc/self/stat") || !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
    );
  } catch {
    return false;
  }
}
