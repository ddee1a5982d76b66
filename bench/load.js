/** Requests over many connections for some seconds: by wrk where it is installed, else by autocannon. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { has, onCore } from "./cores.js";
import { atEnd } from "./leftovers.js";

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
export const load = (request) => begin(request).figures;

/**
 * The same, to be held and let go on, so that several loads can take turns within a second. `end` ends it before its
 * seconds are over; they go on while it is held.
 */
export function begin({ status, ...request }) {
  const [program, ...args] = onCore(1, ...command(request));
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: (request.seconds + timeout + 10) * 1000,
    killSignal: "SIGKILL",
  });
  // One that is held would stay for ever.
  const kill = atEnd(() => child.kill("SIGKILL"));
  child.once("close", kill);
  const figures = text(child.stdout).then((printed) =>
    judge(JSON.parse(printed.trimEnd().split("\n").at(-1)), status),
  );
  return {
    figures,
    hold: () => child.kill("SIGSTOP"),
    goOn: () => child.kill("SIGCONT"),
    end() {
      child.kill("SIGCONT");
      child.kill("SIGINT");
      return figures;
    },
  };
}

/** Milliseconds in which what was under way is answered, where it matters whose turn it was. */
const pause = 20;

/**
 * Lets loads take turns of so many milliseconds, until each has had its seconds. Gives for each what `spent` grew by in
 * its turns; none where it is not told.
 */
export async function takeTurns(loads, seconds, turn, spent) {
  const sums = loads.map(() => 0);
  for (let passed = 0; passed < seconds * 1000; passed += turn) {
    for (const [index, { goOn, hold }] of loads.entries()) {
      const before = spent?.();
      goOn();
      await wait(turn);
      hold();
      if (spent === undefined) continue;
      await wait(pause);
      sums[index] += spent() - before;
    }
  }
  return spent === undefined ? [] : sums;
}
