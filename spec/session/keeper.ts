import { test } from "uvu";
import * as assert from "uvu/assert";
import { isDue, isKept, type Kept, outlived, secondsLeft, unflashed } from "../../lib/session/keeper.js";

const aged = (seconds: number): Kept => {
  const then = Date.now() - seconds * 1000;
  return { session: {}, created: then, renewed: then };
};
const lasting = (expires?: number, lifetime?: number) => ({ expires, lifetime });

test("the seconds left are the idle time, cut by what is left of the lifetime", () => {
  assert.is(secondsLeft(aged(10), lasting()), undefined);
  assert.is(secondsLeft(aged(10), lasting(60)), 60);
  assert.is(secondsLeft(aged(10), lasting(60, 30)), 20);
  assert.is(secondsLeft(aged(10), lasting(undefined, 30)), 20);
  assert.is(secondsLeft(aged(10), lasting(5, 30)), 5);
  assert.is(secondsLeft(aged(10), lasting(0.2, 30)), 0.2);
});

test("a session has outlived its lifetime when it is over, and never without one", () => {
  assert.equal(
    [outlived(aged(10), lasting(5)), outlived(aged(10), lasting(5, 11)), outlived(aged(10), lasting(5, 10))],
    [false, false, true],
  );
});

test("renewing is due after a tenth of the idle time", () => {
  assert.equal(
    [isDue(aged(5), lasting(60)), isDue(aged(6), lasting(60)), isDue(aged(99), lasting())],
    [false, true, false],
  );
});

test("only a record of our form is a session", () => {
  assert.ok(isKept({ ...aged(0), flash: { a: 1 } }));
  for (const record of [
    {},
    { ...aged(0), session: [] },
    { ...aged(0), flash: 1 },
    { ...aged(0), created: "x" },
    { session: {}, created: 1 },
  ]) {
    assert.not.ok(isKept(record as never));
  }
});

test("a session without its flash is the rest", () => {
  const kept = { ...aged(0), flash: { a: 1 } };
  assert.equal(Object.keys(unflashed(kept)), ["session", "created", "renewed"]);
});

test.run();
