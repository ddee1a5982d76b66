/** Requests over many connections for some seconds: by wrk where it is installed, else by autocannon. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { has, onCore } from "./cores.js";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Seconds that an answer may take: those of the slowest contenders take longer than the generators wait by themselves. */
const timeout = 20;

const wrk = {
  name: "wrk",
  command({ url, method, headers, body = "", cookies = "", skip = 0, connections, seconds }) {
    const fields = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const options = ["-t", "1", "-c", connections, "-d", seconds, "--timeout", timeout].map(String);
    return [
      "wrk",
      ...options,
      ...fields,
      "-s",
      here("load.lua"),
      url,
      "--",
      method,
      body,
      cookies,
      String(skip),
    ];
  },
};

const autocannon = {
  name: "autocannon",
  command: ({ seconds, ...request }) => [
    process.execPath,
    here("cannon.js"),
    JSON.stringify({ ...request, duration: seconds, timeout }),
  ],
};

const { name, command } = has("wrk", "--version") ? wrk : autocannon;

export const generator = name;

/** An answer that failed spoils the run; where a refusal is what is measured, one that did not. */
function judge(figures, status) {
  const { requests, refused, broken } = figures;
  const expected = status >= 400 ? requests : 0;
  if (broken === 0 && refused === expected) return figures;
  throw new Error(
    `${name}: of ${requests} answers ${refused} were refusals (expected ${expected}); ${broken} broke off`,
  );
}

/**
 * Requests, bytes and seconds of a load, and the 50th, 99th and 99.9th percentile of the time to an answer in
 * milliseconds. `cookies` names a file of them, to be sent in turn but for the first `skip`.
 */
export async function load({ status, ...request }) {
  const [program, ...args] = onCore(1, ...command(request));
  const limit = (request.seconds + timeout + 10) * 1000;
  const { stdout } = await run(program, args, { timeout: limit, killSignal: "SIGKILL" });
  return judge(JSON.parse(stdout.trimEnd().split("\n").at(-1)), status);
}
