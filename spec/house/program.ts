/** A program in a file of its own, which a spec starts, listens to and ends, after 30 seconds at the latest. */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mortal, temporary } from "./child.js";
import { eventually } from "./eventually.js";

export type Program = {
  readonly pid: number;
  /** What it wrote so far, line by line; what it wrote on standard error too. */
  readonly lines: readonly string[];
  /** The first line that matches, as it comes; the others of a count before it are passed over. */
  readonly line: (pattern: RegExp, count?: number) => Promise<string>;
  /** Has another source under the same name. */
  readonly rewrite: (source: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
};

function started(file: string, isLeader: boolean): Program {
  const child = mortal(
    spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"], detached: isLeader }),
  );
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const pid = child.pid as number;
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() as string;
      lines.push(...parts);
    });
  }
  const matching = (pattern: RegExp) => lines.filter((line) => pattern.test(line));
  return {
    pid,
    lines,
    async line(pattern, count = 1) {
      await eventually(() => matching(pattern).length >= count).catch((error) => {
        throw new Error(`No line ${count} like ${pattern} in:\n${lines.join("\n")}`, { cause: error });
      });
      return matching(pattern)[count - 1] as string;
    },
    rewrite: (source) => writeFileSync(file, source),
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => {
      child.once("close", (code, signal) => {
        clearTimeout(late);
        resolve(signal ?? (code as number));
      });
    }),
  };
}

/** Runs a spec against a program; a leader has a group of processes of its own. */
export async function running(
  source: string,
  spec: (program: Program) => Promise<void>,
  { isLeader = false } = {},
): Promise<void> {
  const folder = temporary("program");
  const file = join(folder, "program.mjs");
  writeFileSync(file, source);
  const program = started(file, isLeader);
  try {
    await spec(program);
  } finally {
    // Not at once, so that what it ran is counted; but without waiting for connections that are idle.
    program.kill("SIGINT");
    await program.ended;
    rmSync(folder, { recursive: true });
  }
}
