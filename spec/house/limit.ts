/** Programs that must neither hang nor take too long. */
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

export type Limits = {
  /** Seconds without a word from it. */
  readonly silence: number;
  /** Seconds in all. */
  readonly all: number;
  /** Seconds in which a program that is asked to end may end what it has started. */
  readonly grace: number;
};
export type Said = { readonly output: string; readonly code: number | null };

/** What a program says until it ends, by itself or by a signal because it passed a limit. */
export function limited(child: ChildProcessByStdio<null, Readable, Readable>, limits: Limits): Promise<Said> {
  let output = "";
  const kill = (): void => {
    child.kill("SIGKILL");
    // What it leaves behind may hold on to these.
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  const end = (why: string): void => {
    output += `\nended, as ${why}\n`;
    child.kill("SIGTERM");
    setTimeout(kill, limits.grace * 1000).unref();
  };
  const timers = [
    setTimeout(end, limits.silence * 1000, `it said nothing for ${limits.silence} seconds`),
    setTimeout(end, limits.all * 1000, `it still ran after ${limits.all} seconds`),
  ] as const;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      timers[0].refresh();
    });
  }
  return new Promise((resolve) => {
    child.once("close", (code) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ output, code });
    });
  });
}
