import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sparseReports } from "../../lib/session/reports.js";
import { eventually } from "../house/eventually.js";

function noted(minute?: number) {
  const told: unknown[][] = [];
  return { told, ...sparseReports((...words) => told.push(words), minute) };
}

test("the cause is told once, with the error, and the recovery once", () => {
  const { told, failed, recovered } = noted();
  const cause = new Error("refused");
  for (let i = 0; i < 5000; i++) failed("store.read failed: refused", cause);
  recovered("store.read answers again");
  recovered("store.read answers again");
  assert.equal(told, [
    ["withSession: store.read failed: refused", cause],
    ["withSession: store.read answers again"],
  ]);
});

test("each cause is told, and no more than ten", () => {
  const { told, failed } = noted();
  for (let i = 0; i < 1000; i++) failed(`store.read failed: ${i % 100}`, i);
  assert.equal(
    told.map(([line]) => line),
    Array.from({ length: 10 }, (_, i) => `withSession: store.read failed: ${i}`),
  );
});

test("what flaps is told of once, and then in each minute how often", async () => {
  const { told, failed, recovered } = noted(20);
  for (let i = 0; i < 100; i++) {
    failed("broken", i);
    recovered("mended");
  }
  assert.equal(told, [["withSession: broken", 0], ["withSession: mended"]]);
  await eventually(() => told.length > 2);
  assert.equal(told.at(-1), ["withSession: 99 more failures, over by now, the last: broken", 99]);
  await wait(60);
  assert.is(told.length, 3);
});

test("what still fails is counted, and its end is told", async () => {
  const { told, failed, recovered } = noted(20);
  for (let i = 0; i < 4; i++) failed("broken", i);
  await eventually(() => told.length === 2);
  assert.equal(told.at(-1), ["withSession: 3 more failures, the last: broken", 3]);
  recovered("mended");
  assert.equal(told.at(-1), ["withSession: mended"]);
});

test("after a minute without any, a failure is news again", async () => {
  const { told, failed } = noted(10);
  failed("broken", 1);
  await wait(50);
  failed("broken", 2);
  assert.equal(told, [
    ["withSession: broken", 1],
    ["withSession: broken", 2],
  ]);
});

test("an hour of failing requests fills no disk, whatever their causes", async () => {
  const minute = 5;
  const { told, failed, recovered } = noted(minute);
  const started = performance.now();
  let requests = 0;
  while (performance.now() - started < 60 * minute) {
    for (let i = 0; i < 100; i++) failed(`store.update failed: ${requests++}`, new Error("no room"));
    recovered("store.update answers again");
    await wait(0);
  }
  const minutes = (performance.now() - started) / minute;
  assert.ok(requests > 1000, String(requests));
  assert.ok(told.length <= 10 + 2 * (minutes + 1), `${told.length} lines in ${minutes} minutes`);
});

test.run();
