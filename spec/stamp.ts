import { test } from "uvu";
import * as assert from "uvu/assert";
import { stamp } from "../lib/stamp.js";

test("a note is read from the object that it was written on", () => {
  const colour = stamp<string>();
  const object = colour.put({ a: 1 }, "red");
  assert.is(colour.of(object), "red");
  for (const other of [{ a: 1 }, null, undefined, 5, "x"]) assert.is(colour.of(other), undefined);
});

test("nobody else sees it, and no copy carries it on", () => {
  const colour = stamp<string>();
  const object = colour.put({ a: 1 }, "red");
  assert.equal(Reflect.ownKeys(object), ["a"]);
  assert.is(stamp<string>().of(object), undefined);
  assert.is(colour.of({ ...object }), undefined);
  assert.is(colour.of(structuredClone(object)), undefined);
});

test("it stays when the object is frozen", () => {
  const colour = stamp<number>();
  assert.is(colour.of(Object.freeze(colour.put([1], 7))), 7);
});

test.run();
