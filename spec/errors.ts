import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkNames, httpError, show, wrong } from "../lib/errors.js";

test("values are shown in one short line", () => {
  const shown: [unknown, string][] = [
    ["x", '"x"'],
    [1, "1"],
    [10n, "10n"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [[1, 2], "an array of 2"],
    [{}, "{}"],
    [{ a: 1, b: 2 }, "an object with a, b"],
    [new Map(), "a Map"],
    [() => 1, "a function"],
    [function named() {}, "the function named"],
    [Object.create(null), "{}"],
  ];
  for (const [value, text] of shown) assert.is(show(value), text);
});

test("a long value is cut", () => {
  assert.is(show("x".repeat(1000)).length, 81);
});

test("a value with a hostile constructor is still shown", () => {
  class Odd {}
  Object.defineProperty(Odd.prototype, "constructor", { value: undefined });
  assert.is(show(new Odd()), "an Object");
});

test("a wrong option says who, what was expected, what came, and what to do", () => {
  const error = wrong("withX", 'a number as "n"', "many", "Count them");
  assert.instance(error, TypeError);
  assert.is(error.message, 'withX: expected a number as "n", got "many". Count them');
});

test("options of other names are refused, and so is what is no map", () => {
  assert.throws(
    () => checkNames("withX", { on: 1 }, ["at", "of"]),
    /withX: expected options among at, of, got "on"/,
  );
  for (const options of [null, 5, [], new Map()])
    assert.throws(() => checkNames("withX", options, []), /a map of options/);
  checkNames("withX", { at: 1 }, ["at"]);
});

test("an http error carries its status, its cause and its headers", () => {
  const cause = new Error("why");
  const error = httpError(503, "Later", { cause, headers: { "retry-after": "5" } });
  assert.equal(
    [error.status, error.expose, error.cause, error.headers],
    [503, true, cause, { "retry-after": "5" }],
  );
  assert.not.ok("cause" in httpError(400, "x"));
});

test.run();
