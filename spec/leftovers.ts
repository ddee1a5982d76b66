/** What a spec starts and makes is gone when it ends, however that ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cleanEnv, isAlive, mortal } from "./house/child.js";
import { eventually } from "./house/eventually.js";

const house = JSON.stringify(new URL("./house/child.js", import.meta.url).href);

/** A spec that is in the middle of something. */
const source = `
  import { spawn } from "node:child_process";
  import { mortal, temporary } from ${house};
  const sleeper = () => spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
  const asked = sleeper();
  const pids = [mortal(sleeper()), mortal(asked, () => asked.kill("SIGTERM"))].map(({ pid }) => pid);
  console.log(JSON.stringify({ pids, folder: temporary("leftovers") }));
`;

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  test(`nothing outlives a spec that ${signal} ends`, async () => {
    const args = ["--input-type=module", "--eval", source];
    const spec = mortal(
      spawn(process.execPath, args, { env: cleanEnv(), stdio: ["ignore", "pipe", "inherit"] }),
    );
    const [text] = await once(spec.stdout.setEncoding("utf8"), "data", {
      signal: AbortSignal.timeout(10_000),
    });
    const { pids, folder } = JSON.parse(text) as {
      readonly pids: readonly number[];
      readonly folder: string;
    };
    assert.equal([pids.map(isAlive), existsSync(folder)], [[true, true], true]);
    const ended = once(spec, "exit");
    spec.kill(signal);
    assert.equal(await ended, [1, null]);
    await eventually(() => !pids.some(isAlive));
    assert.not(existsSync(folder));
  });
}

test("a process that has ended is not alive, though nobody has asked how", async () => {
  const shell = mortal(
    spawn("/bin/sh", ["-c", "sleep 0.2 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  const ended = once(shell, "exit");
  const [line] = await once(shell.stdout, "data");
  assert.ok(isAlive(Number(line)));
  await eventually(() => !isAlive(Number(line)));
  // It is there still, as who started it has become a program that does not ask.
  assert.ok(process.kill(Number(line), 0));
  shell.kill("SIGKILL");
  await ended;
});

test.run();
