import { setImmediate } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ask } from "../../lib/session/guard.js";
import { ignored, undoing } from "../../lib/session/undoing.js";

/** A guard that lets everything through. */
const through: Ask = (_name, fn) => fn();
const refusing: Ask = () => {
  throw new Error("not let through");
};

/** A guard that gives up at once, and answers with an error. */
const late: Ask = (_name, fn, giveUp) => {
  fn();
  giveUp?.();
  throw new Error("late");
};

const messageOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
};

const failing = async () => {
  throw new Error("oops");
};

test("a call that is answered is not undone", async () => {
  let undone = 0;
  assert.is(
    undoing(through)(
      "call",
      () => 5,
      () => void undone++,
    ),
    5,
  );
  assert.is(
    await undoing(through)(
      "call",
      async () => 6,
      () => void undone++,
    ),
    6,
  );
  assert.is(undone, 0);
});

test("a call that fails is undone once, and its error comes out", async () => {
  let undone = 0;
  assert.is(await messageOf(() => undoing(through)("call", failing, () => void undone++)), "oops");
  assert.is(undone, 1);
});

test("a call that was not let through has done nothing that could be undone", async () => {
  let undone = 0;
  assert.is(
    await messageOf(() => undoing(refusing)("call", failing, () => void undone++)),
    "not let through",
  );
  assert.is(undone, 0);
});

test("a call that is answered after its time is undone then once more, and knows that it was given up", async () => {
  let undone = 0;
  let isGivenUp = () => false;
  const call = async (told: () => boolean) => {
    isGivenUp = told;
    await setImmediate();
  };
  assert.is(await messageOf(() => undoing(late)("call", call, () => void undone++)), "late");
  assert.is(undone, 1);
  assert.is(isGivenUp(), true);
  await setImmediate();
  await setImmediate();
  assert.is(undone, 2);
});

test("what cannot be undone hides no error", async () => {
  assert.is(
    await messageOf(() =>
      undoing(through)("call", failing, async () => {
        throw new Error("nor undone");
      }),
    ),
    "oops",
  );
  assert.is(await ignored(failing), undefined);
});

test.run();
