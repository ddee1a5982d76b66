import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { watch } from "../../lib/websocket/alive.js";
import type { Wire } from "../../lib/websocket/wire.js";
import { eventually } from "../house/eventually.js";

/** A wire that notes what is done to it, watched every 5 milliseconds. */
function watching() {
  const wire = { isPaused: false, isHeard: false, read: 0, seen: [] as string[] };
  const watched = watch(
    {
      get isPaused() {
        return wire.isPaused;
      },
      ping: () => wire.seen.push("ping"),
      terminate: () => wire.seen.push("cut"),
    } as unknown as Wire,
    () => (wire.isHeard ? ++wire.read : wire.read),
    0.005,
  );
  return Object.assign(wire, watched);
}

test("who sends nothing between two pings is cut", async () => {
  const { seen, stop } = watching();
  await eventually(() => seen.length >= 2);
  stop();
  assert.equal(seen.slice(0, 2), ["ping", "cut"]);
});

test("who sends anything is pinged again", async () => {
  const wire = watching();
  wire.isHeard = true;
  await eventually(() => wire.seen.length >= 3);
  wire.stop();
  assert.equal(wire.seen.slice(0, 3), ["ping", "ping", "ping"]);
});

test("while nothing is read, and right after it, nobody is cut", async () => {
  const wire = watching();
  wire.isPaused = true;
  await eventually(() => wire.seen.length >= 3);
  wire.isPaused = false;
  wire.excuse();
  const before = wire.seen.length;
  await eventually(() => wire.seen.length >= before + 2);
  wire.stop();
  assert.equal(wire.seen.slice(0, before + 2), [...Array(before + 1).fill("ping"), "cut"]);
});

test("nothing is done after the end", async () => {
  const { seen, stop } = watching();
  stop();
  await pause(20);
  assert.equal(seen, []);
});

test.run();
