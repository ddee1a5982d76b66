/** What a spec starts and makes is gone when it ends, however that ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cleanEnv, isAlive, mortal } from "./house/child.js";
import { eventually } from "./house/eventually.js";
import { type Limits, limited } from "./house/limit.js";

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

const ending = (program: string, limits: Limits) =>
  limited(spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "pipe"] }), limits);

test("a program that says nothing more, or says too much, is asked to end, then ended", async () => {
  const hanging = `
    process.once("SIGTERM", () => { console.log("bye"); process.exit(1); });
    console.log("hello");
    setInterval(() => {}, 1000);`;
  const babbling = `
    process.on("SIGTERM", () => {});
    setInterval(() => console.log("bla"), 100);`;
  const [silent, endless] = await Promise.all([
    ending(hanging, { silence: 3, all: 60, grace: 5 }),
    ending(babbling, { silence: 60, all: 2, grace: 0.5 }),
  ]);
  assert.equal(silent, { output: "hello\n\nended, as it said nothing for 3 seconds\nbye\n", code: 1 });
  assert.match(endless.output, /^(bla\n)*\nended, as it still ran after 2 seconds\n(bla\n)*$/);
  assert.is(endless.code, null);
});

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
