/** What the output of uvu says: how many tests passed, failed and were skipped. */
import { stripVTControlCharacters } from "node:util";

export type Tally = {
  readonly passed: number;
  readonly failed: number;
  /** One line for each spec that could not run, with the reason. */
  readonly skipped: readonly string[];
};

/** The last number that stands behind a label of uvu's summary; undefined where uvu did not come so far. */
const figure = (output: string, label: string): number | undefined => {
  const found = [...output.matchAll(new RegExp(`^ +${label}: +(\\d+)$`, "gm"))].at(-1);
  return found && Number(found[1]);
};

const reasons = (output: string): string[] =>
  [...output.matchAll(/^(?:[•✘] )*skipped: (.+)$/gm)].map(([, reason]) => reason!);

/** Failing hooks and crashes leave uvu's own count of failures at zero, so what did not pass has failed. */
function failures(output: string, code: number | null): number {
  const total = figure(output, "Total") ?? 0;
  const failed = total - (figure(output, "Passed") ?? 0);
  return failed > 0 ? failed : Number(total === 0 || code !== 0);
}

/**
 * Counts a run from what it printed and how it ended. A spec that needs what is not there prints `skipped: …`;
 * `test.skip` and `test.only` count as skipped too. A crash, a hang and a run without tests count as one failure.
 */
export function tally(printed: string, code: number | null): Tally {
  const output = stripVTControlCharacters(printed);
  const left = figure(output, "Skipped") ?? 0;
  const hidden = left === 0 ? [] : [`${left} by test.skip or test.only`];
  return {
    passed: figure(output, "Passed") ?? 0,
    failed: failures(output, code),
    skipped: [...reasons(output), ...hidden],
  };
}
