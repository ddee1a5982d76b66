/** What was thrown is looked at with care, and so is what caused it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainOf } from "../../lib/stacktrace/chain.js";

const told = (error: unknown) => chainOf(error).map(({ name, message }) => `${name}: ${message}`);

test("an error is told with its causes, the outermost first", () => {
  const error = new Error("outer", { cause: new TypeError("inner", { cause: "text" }) });
  assert.equal(told(error), [
    "Error: outer",
    "TypeError: inner",
    'Not an error: "text" was thrown. It has no stack: throw an Error, which has one',
  ]);
  assert.match(chainOf(error)[0]!.frames[0]!.file, /chain/);
});

test("causes that go round in a circle come to an end", () => {
  const error: Error & { cause?: unknown } = new Error("round");
  error.cause = error;
  assert.is(chainOf(error).length, 8);
});

test("what cannot be looked at is said to be so", () => {
  const thrower = () => {
    throw new Error("looked at");
  };
  const shy = Object.defineProperty(new Error("x"), "message", { get: thrower });
  const veiled = Object.defineProperty(new Error("seen"), "stack", { get: thrower });
  assert.equal(told(shy), ["Error: [an error that cannot be shown]"]);
  assert.equal(told(veiled), ["Error: seen"]);
  assert.equal(told(new Proxy(new Error("x"), { get: thrower })), ["Error: [an error that cannot be shown]"]);
});

test("anything may be thrown", () => {
  for (const [thrown, shown] of [
    [null, "null"],
    [undefined, "undefined"],
    [404, "404"],
    [{ a: 1 }, "an object with a"],
  ]) {
    assert.match(told(thrown)[0]!, `Not an error: ${shown} was thrown`);
  }
  assert.equal(told(Object.assign(new Error("x"), { name: 5 })), ["Error: x"]);
});

test.run();
