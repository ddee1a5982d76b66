import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Deadline, deadlines } from "../../lib/session/deadlines.js";
import { cleanEnv, run } from "../house/child.js";
import { eventually } from "../house/eventually.js";

test("deadlines come in the order in which they were set, but for those that were cleared", async () => {
  const { set, clear } = deadlines(20);
  const came: number[] = [];
  const all = [0, 1, 2, 3].map((number) => set(() => came.push(number)));
  clear(all[0]!);
  clear(all[2]!);
  await wait(10);
  set(() => came.push(4));
  assert.equal(came, []);
  await wait(60);
  assert.equal(came, [1, 3, 4]);
});

test("none comes before its time, though the timer of an older one is running", async () => {
  const { set, clear } = deadlines(50);
  clear(set(() => assert.unreachable()));
  await wait(40);
  const began = performance.now();
  const took = await new Promise<number>((resolve) => set(() => resolve(performance.now() - began)));
  assert.ok(took >= 50, String(took));
});

test("one may be set or cleared while another one comes", async () => {
  const { set, clear } = deadlines(10);
  const came: string[] = [];
  set(() => {
    came.push("first");
    clear(second);
    set(() => came.push("third"));
  });
  const second = set(() => came.push("second"));
  await wait(60);
  assert.equal(came, ["first", "third"]);
});

test("one that is set while another comes keeps none of the others waiting", async () => {
  const { set } = deadlines(60);
  const came: string[] = [];
  set(() => {
    came.push("first");
    set(() => came.push("third"));
  });
  await wait(20);
  set(() => came.push("second"));
  await eventually(() => came.length > 1);
  assert.equal(came, ["first", "second"]);
  await eventually(() => came.length > 2);
});

test("one that is set while another comes leaves no timer behind", async () => {
  const running = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = running();
  const { set, clear } = deadlines(30);
  const own = await new Promise<Deadline>((resolve) => set(() => resolve(set(() => {}))));
  await setImmediate();
  assert.is(running(), before + 1);
  clear(own);
  assert.is(running(), before);
});

test("a deadline keeps the process alive, and one that was cleared does not", async () => {
  const door = new URL("../../lib/session/deadlines.js", import.meta.url);
  const code = `const { deadlines } = await import("${door}");
    const { set, clear } = deadlines(100);
    clear(set(() => {}));
    set(() => console.log("late"));
    const forever = deadlines(1e9);
    forever.clear(forever.set(() => {}));`;
  const args = ["--input-type=module", "-e", code];
  const { ok, stdout } = await run(process.execPath, args, { cwd: ".", limit: 20, env: cleanEnv() });
  assert.equal([ok, stdout], [true, "late\n"]);
});

test.run();
