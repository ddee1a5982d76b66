/**
 * Runs the specs: all of them, or with `node .build/spec/run.js routes` those whose path matches. With `CI=true`
 * a spec that is skipped counts as failed.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { mortal, run } from "./house/child.js";
import { limited } from "./house/limit.js";
import { type Tally, tally } from "./house/tally.js";

/** A spec that hangs says nothing more. */
const limits = { silence: 120, all: 600, grace: 5 };
const coverage = ".build/coverage";
const bin = (path: string): string => join("node_modules", path);

/** Files that are no specs: this one, the house's tools, what several specs share, and types, which tsc checks. */
const helpers = [
  "^run\\.js$",
  "^house/",
  "^types(/|\\.)",
  "^server/(wire|workers/program)",
  "^(compress/decode|events/parse)",
  "^stores/(broken|reference|slow|redis/worker|sqlite/worker)",
  "^faults/(app|counters|outage|visitors|workers?\\.)",
].flatMap((path) => ["--ignore", path]);

/** Specs that mostly wait, for databases that fail and programs that come and go. */
const services = "^(faults/|server/workers|stores/(postgres|redis|sqlite))";
/** The same of browsers and of time that passes. */
const waiting =
  "^(docs|events/|package|guestbook|middleware/(defaults/chromium|session)|stacktrace/chromium|testing|websocket)";
const others = `^(?!${services.slice(1)}|${waiting.slice(1)})`;

/** One process of uvu for the specs whose path matches; what it prints is shown when it ends, and counted. */
async function runSpecs(pattern: string): Promise<Tally> {
  const here = relative(process.cwd(), import.meta.dirname);
  const args = [here, `(${pattern}).*\\.js$`];
  const color = process.stdout.isTTY ? [] : ["--no-color"];
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", bin("uvu/bin.js"), ...args, ...helpers, ...color],
    { env: { ...process.env, NODE_V8_COVERAGE: coverage }, stdio: ["ignore", "pipe", "pipe"] },
  );
  mortal(child, () => child.kill("SIGTERM"));
  const { output, code } = await limited(child, limits);
  console.log(output);
  return tally(output, code);
}

/** One after the other: where there are few cores, more at once would make none faster. */
async function runLane(patterns: readonly string[]): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const pattern of patterns) tallies.push(await runSpecs(pattern));
  return tallies;
}

/** The report is about all of lib as it is written, without types.ts, of which nothing is left to run. */
const report = "report --exclude-after-remap --include lib/** --exclude lib/types.ts --all --src lib";

async function showCoverage(): Promise<void> {
  const args = [bin("c8/bin/c8.js"), ...report.split(" "), "--temp-directory", coverage];
  const { ok, stdout, stderr } = await run(process.execPath, args, { cwd: ".", limit: 60 });
  console.log(ok ? stdout : stderr);
}

const pattern = process.argv[2];
rmSync(coverage, { recursive: true, force: true });
const lanes = pattern === undefined ? [[services], [waiting, others]] : [[pattern]];
const tallies = (await Promise.all(lanes.map(runLane))).flat();
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
const skipped = tallies.flatMap((tally) => tally.skipped);
if (pattern === undefined) await showCoverage();
for (const reason of skipped) console.log(`skipped: ${reason}`);
const failures = process.env.CI === "true" ? failed + skipped.length : failed;
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
