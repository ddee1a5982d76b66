import { test } from "uvu";
import * as assert from "uvu/assert";
import { turns } from "../../lib/websocket/turns.js";

/** Turns that note what happens. */
function noting() {
  const seen: string[] = [];
  return { seen, ...turns(() => seen.push("idle")) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what takes no time is done at once", () => {
  const { seen, add, waiting } = noting();
  add(() => seen.push("a"));
  add(() => seen.push("b"));
  assert.equal(seen, ["a", "idle", "b", "idle"]);
  assert.is(waiting(), 0);
});

test("what takes time is waited for", async () => {
  const { seen, add, waiting } = noting();
  let finish = () => {};
  add(() => new Promise<void>((resolve) => (finish = resolve)));
  add(() => seen.push("b"));
  add(async () => seen.push("c"));
  assert.equal([seen, waiting()], [[], 2]);
  finish();
  await settled();
  assert.equal([seen, waiting()], [["b", "c", "idle"], 0]);
});

test("what is added meanwhile comes last", () => {
  const { seen, add } = noting();
  add(() => {
    add(() => seen.push("b"));
    seen.push("a");
  });
  assert.equal(seen, ["a", "b", "idle"]);
});

test("a great many tasks do not exhaust the stack", async () => {
  const { seen, add } = noting();
  let count = 0;
  add(() => settled());
  for (let i = 0; i < 100_000; i++) add(() => void count++);
  await settled();
  await settled();
  assert.equal([count, seen], [100_000, ["idle"]]);
});

test.run();
