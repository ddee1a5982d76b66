import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { json, jsonMap } from "../lib/json.js";

test("a value comes out as a JSON round trip gives it", () => {
  fc.assert(
    fc.property(
      fc.object({ withDate: true, withBoxedValues: true, withSparseArray: true, withNullPrototype: true }),
      (value) => {
        assert.is(JSON.stringify(json("x", value)), JSON.stringify(JSON.parse(JSON.stringify(value))));
      },
    ),
  );
});

test("what JSON writes otherwise is written otherwise", () => {
  class Point {
    x = 1;
  }
  const value = {
    at: new Date(0),
    nan: NaN,
    minus: -0,
    gone: undefined,
    list: [undefined, ...Array(1), 1],
    boxed: Object("x"),
    point: new Point(),
    map: new Map([[1, 2]]),
  };
  assert.equal(json("x", value), JSON.parse(JSON.stringify(value)));
  assert.ok(Object.is((json("x", { minus: -0 }) as { minus: number }).minus, 0));
});

test("toJSON is asked with its key, and what it gives is walked", () => {
  assert.equal(json("x", { money: { toJSON: (key: string) => ({ key, list: [1] }) } }), {
    money: { key: "money", list: [1] },
  });
});

test("what JSON cannot hold is refused, and its key is named", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const cases: [unknown, RegExp][] = [
    [{ a: { b: [1, () => 1] } }, /sessionAssoc: .* at "a\.b\.1", got (a|the) function/],
    [{ id: 10n }, /at "id", got 10n/],
    [{ key: Symbol("s") }, /at "key", got Symbol\(s\)/],
    [cycle, /at "self", got a cycle/],
    [() => 1, /at it, got a function/],
  ];
  for (const [value, message] of cases) assert.throws(() => json("sessionAssoc", value), message);
});

test("the same object twice is no cycle", () => {
  const shared = { a: 1 };
  assert.equal(json("x", [shared, shared]), [{ a: 1 }, { a: 1 }]);
});

test("what comes out is frozen all the way down, and later changes of the original do not reach it", () => {
  const original = { list: [{ a: 1 }] };
  const value = json("x", original) as typeof original;
  assert.throws(() => value.list[0]!.a++, TypeError);
  assert.throws(() => value.list.push({ a: 2 }), TypeError);
  original.list[0]!.a = 9;
  assert.is(value.list[0]!.a, 1);
});

test("a value made here is given back as it is", () => {
  const value = json("x", { a: { b: 1 } });
  assert.is(json("x", value), value);
  assert.is((json("x", { again: value }) as { again: unknown }).again, value);
});

test("__proto__, constructor and toString are ordinary keys", () => {
  const hostile = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}');
  const value = json("x", hostile) as Record<string, unknown>;
  assert.equal(Object.keys(value), ["__proto__", "constructor", "toString"]);
  assert.is(Object.getPrototypeOf(value), Object.prototype);
  assert.is((value as { admin?: unknown }).admin, undefined);
});

test("a map is wanted where a map is wanted", () => {
  for (const value of [null, 1, "x", [], undefined]) {
    assert.throws(
      () => jsonMap("setSession", value),
      /setSession: expected a map such as \{ name: "Ada" \}, got/,
    );
  }
});

test.run();
