/**
 * Runs the specs: all of them, or with `node .build/spec/run.js routes` those whose path matches. With `CI=true`
 * a spec that is skipped counts as failed.
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "./house/child.js";
import { tally } from "./house/tally.js";

const minutes = 5;
const coverage = ".build/coverage";
const bin = (path: string): string => join("node_modules", path);

/** Files that are no specs: this one, the house's tools, what several specs share, and types, which tsc checks. */
const helpers = [
  "^run\\.js$",
  "^house/",
  "^types(/|\\.)",
  "^server/wire",
  "^stores/(broken|reference|slow)",
].flatMap((path) => ["--ignore", path]);

/** The specs all run in one process of uvu; what it prints is shown at once, and kept to be counted. */
function runSpecs(pattern: string | undefined): Promise<{ output: string; code: number | null }> {
  const here = relative(process.cwd(), import.meta.dirname);
  const args = pattern === undefined ? [here] : [here, `(${pattern}).*\\.js$`];
  const color = process.stdout.isTTY ? [] : ["--no-color"];
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", bin("uvu/bin.js"), ...args, ...helpers, ...color],
    { env: { ...process.env, NODE_V8_COVERAGE: coverage }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const timer = setTimeout(() => {
    console.error(`\nThe specs are still running after ${minutes} minutes and were ended.`);
    child.kill("SIGKILL");
  }, minutes * 60_000);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ output, code });
    });
  });
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
const { output, code } = await runSpecs(pattern);
const { passed, failed, skipped } = tally(output, code);
if (pattern === undefined) await showCoverage();
for (const reason of skipped) console.log(`skipped: ${reason}`);
const failures = process.env.CI === "true" ? failed + skipped.length : failed;
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
