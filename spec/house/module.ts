/** Modules as text, each run in a process of its own. */
import * as assert from "uvu/assert";
import { type Ended, type RunOptions, run } from "./child.js";

/** A module of the library as an import names it: `import { json } from ${lib("response")}`. */
export const lib = (name: string): string =>
  JSON.stringify(new URL(`../../lib/${name}.js`, import.meta.url).href);

/** The arguments by which Node runs a module. */
export const moduleArgs = (code: string): string[] => ["--input-type=module", "--eval", code];

export const runModule = (code: string, options: Partial<RunOptions> = {}): Promise<Ended> =>
  run(process.execPath, moduleArgs(code), { cwd: ".", ...options });

/** What a module prints that ends well. */
export async function printedBy(code: string): Promise<string> {
  const { ok, stdout, stderr } = await runModule(code, { limit: 30 });
  assert.ok(ok, stderr);
  return stdout;
}
