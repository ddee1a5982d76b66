/** Requests over many connections for some seconds: by wrk where it is installed, else by autocannon. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { has, onCore } from "./cores.js";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const autocannon = `${here}node_modules/autocannon/autocannon.js`;
const connections = "32";

const milliseconds = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

const percentile = (output, share) => {
  const [, value, unit] = new RegExp(`^ +${share}% +([\\d.]+)(\\w+)$`, "m").exec(output);
  return Number(value) * milliseconds[unit];
};

/** What wrk prints, as numbers; an answer that failed spoils the run. */
function readWrk(output) {
  const failed = /^ +(?:Non-2xx|Socket errors).*$/m.exec(output);
  if (failed) throw new Error(`wrk: ${failed[0].trim()}`);
  const [, rate] = /^Requests\/sec: +([\d.]+)$/m.exec(output);
  return { rate: Number(rate), p50: percentile(output, 50), p99: percentile(output, 99) };
}

function readAutocannon(output) {
  const { requests, latency, non2xx, errors } = JSON.parse(output);
  if (non2xx + errors > 0) throw new Error(`autocannon: ${non2xx} bad answers, ${errors} errors`);
  return { rate: requests.average, p50: latency.p50, p99: latency.p99 };
}

const wrk = {
  command: (url, header, seconds) => [
    "wrk",
    "-t1",
    "-c",
    connections,
    "-d",
    `${seconds}s`,
    "--latency",
    "-H",
    header,
    url,
  ],
  read: readWrk,
};
const cannon = {
  command: (url, header, seconds) => [
    process.execPath,
    autocannon,
    "-j",
    "-c",
    connections,
    "-d",
    String(seconds),
    "-H",
    header,
    url,
  ],
  read: readAutocannon,
};

function generator() {
  if (has("wrk", "--version")) return wrk;
  if (!existsSync(autocannon)) {
    execFileSync("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"], {
      cwd: here,
      stdio: "inherit",
    });
  }
  return cannon;
}

const { command, read } = generator();

/** Requests per second, and the median and 99th percentile of the time to an answer in milliseconds. */
export async function load(url, cookie, seconds) {
  const [program, ...args] = onCore(1, ...command(url, `cookie: ${cookie}`, seconds));
  const { stdout } = await run(program, args, { timeout: (seconds + 10) * 1000, killSignal: "SIGKILL" });
  return read(stdout);
}
