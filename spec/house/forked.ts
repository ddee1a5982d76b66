/** Processes that are forked once for a file of specs, and work at the same time when they are told. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { cleanEnv, mortal } from "./child.js";
import type { Closes } from "./opening.js";

/** What a forked program is told, and what it answers. */
type Told = { readonly work: string; readonly on: string };
type Answer = { readonly value?: unknown; readonly error?: string };

/** Works by their names, done as this process is told. */
export function workAs(works: { readonly [work: string]: (on: string) => unknown }): void {
  process.on("message", async ({ work, on }: Told) => {
    try {
      process.send!({ value: await works[work]?.(on) });
    } catch (error) {
      process.send!({ error: String((error as Error).stack) });
    }
  });
  // It asks for nobody once who told it is gone.
  process.on("disconnect", () => process.exit());
}

/** Forks a program once for each of the arguments. All of them do a work at once; gives what each came to. */
export async function forked(closes: Closes, path: string, each: readonly (readonly string[])[]) {
  const children = each.map((args) => mortal(fork(path, args, { env: cleanEnv() })));
  closes(() => children.map((child) => child.kill("SIGKILL")));
  const ends = children.map(async (child) => {
    await once(child, "exit");
    throw new Error(`${path} has ended`);
  });
  for (const end of ends) end.catch(() => {});
  const work = (work: string, on = ""): Promise<unknown[]> =>
    Promise.all(
      children.map(async (child, index) => {
        child.send({ work, on });
        const [{ value, error }] = (await Promise.race([once(child, "message"), ends[index]!])) as [Answer];
        if (error !== undefined) throw new Error(error);
        return value;
      }),
    );
  // There is no such work; whoever answers is there, and all begin with the next at the same time.
  await work("");
  return { work };
}
