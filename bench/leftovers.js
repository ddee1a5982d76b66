/** What must not outlive the benchmark, however it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const left = new Set();

process.on("exit", () => {
  for (const undo of [...left].toReversed()) undo();
});

/** Gives what calls `undo` once: now, or else when the process ends, where the latest comes first. */
export function atEnd(undo) {
  const once = () => {
    if (left.delete(once)) undo();
  };
  left.add(once);
  return once;
}

/** A folder of our own, and what removes it. */
export function temporaryFolder(part) {
  const folder = mkdtempSync(join(tmpdir(), `composure-bench-${part}-`));
  return { folder, remove: atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })) };
}
