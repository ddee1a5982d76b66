import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { asked } from "../../lib/session/deadline.js";

const failure = async (ask: () => unknown, seconds = 1) => {
  try {
    await asked("read", seconds, ask);
  } catch (error) {
    return error as Error & { status: number; expose: boolean };
  }
  return assert.unreachable() as never;
};

test("an answer comes at once where the store answers at once, else later", async () => {
  assert.is(
    asked("read", 1, () => 5),
    5,
  );
  assert.is(await asked("read", 1, async () => 6), 6);
});

test("a very long deadline is no short one", async () => {
  assert.is(await asked("read", 3e9, () => wait(5).then(() => 7)), 7);
});

test("a failure, thrown or promised, is 503 with the store's own as its cause", async () => {
  const cause = new Error("down");
  const failures = [
    () => {
      throw cause;
    },
    () => Promise.reject(cause),
  ];
  for (const ask of failures) {
    const error = await failure(ask);
    assert.equal(
      [error.status, error.cause, error.message],
      [503, cause, "The session is not available right now"],
    );
  }
});

test("no answer within the deadline is 503, and a late failure harms nobody", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const error = await failure(() => wait(40).then(() => Promise.reject(new Error("late"))), 0.01);
  assert.match((error.cause as Error).message, /did not answer read within 0\.01 seconds/);
  await wait(60);
  process.off("unhandledRejection", note);
  assert.equal(unhandled, []);
});

test.run();
