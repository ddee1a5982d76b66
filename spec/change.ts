import { test } from "uvu";
import * as assert from "uvu/assert";
import { begun, changeOf, recreated, replayed, stepped } from "../lib/change.js";

test("each step acts on what the last one left, and all of them can be replayed on another session", () => {
  const one = stepped({ a: 1 }, (session) => ({ ...session, b: 2 }));
  const two = stepped(one, ({ a: _, ...rest }) => rest);
  assert.equal(two, { b: 2 });
  assert.equal(replayed(changeOf(two)!, { a: 9, c: 3 }), { b: 2, c: 3 });
});

test("on the session that they began with, the steps need not run again", () => {
  let runs = 0;
  const from = Object.freeze({ a: 1 });
  const session = stepped(from, (left) => {
    runs += 1;
    return { ...left, b: 2 };
  });
  assert.equal(replayed(changeOf(session)!, from), { a: 1, b: 2 });
  assert.is(runs, 1);
  assert.equal(replayed(changeOf(session)!, { a: 1 }), { a: 1, b: 2 });
  assert.is(runs, 2);
});

test("a session that nobody stepped to has no change", () => {
  assert.is(changeOf({}), undefined);
});

test("recreating keeps the data and the steps; later steps keep the recreating", () => {
  const session = stepped(recreated(stepped({}, () => ({ a: 1 }))), (left) => ({ ...left, b: 2 }));
  assert.equal(session, { a: 1, b: 2 });
  assert.is(changeOf(session)!.recreates, true);
  assert.equal(replayed(changeOf(session)!, {}), { a: 1, b: 2 });
});

test("after clearing, another session begins", () => {
  const session = stepped(begun(), (left) => ({ ...left, a: 1 }));
  assert.equal(session, { a: 1 });
  assert.is(changeOf(session)!.begins, true);
});

test("without a session, the steps begin with an empty one", () => {
  assert.equal(
    stepped(undefined, (left) => ({ ...left, a: 1 })),
    { a: 1 },
  );
  assert.equal(recreated(undefined), {});
});

test.run();
