import nodeAssert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { empty, lazy } from "../lib/lazy.js";

const mapOf = (names: Record<string, string>): Record<string, string> =>
  Object.assign(Object.create(null), names);

const counted = () => {
  let fills = 0;
  const map = lazy(
    (source: Record<string, string>) => {
      fills += 1;
      return mapOf(source);
    },
    { a: "1", b: "2" },
  );
  return { map, fills: () => fills };
};

test("it is filled at the first look, once", () => {
  const { map, fills } = counted();
  assert.is(fills(), 0);
  assert.is(map.a, "1");
  assert.is(map.nothing, undefined);
  assert.is(fills(), 1);
});

test("it behaves as any plain map without prototype", () => {
  const looks: [string, (map: Record<string, string>) => unknown, unknown][] = [
    ["keys", (map) => Object.keys(map), ["a", "b"]],
    ["spread", (map) => ({ ...map }), { a: "1", b: "2" }],
    ["rest", ({ a, ...rest }) => [a, rest], ["1", { b: "2" }]],
    ["in", (map) => ["a" in map, "toString" in map], [true, false]],
    ["hasOwn", (map) => [Object.hasOwn(map, "b"), Object.hasOwn(map, "c")], [true, false]],
    ["json", (map) => JSON.stringify(map), '{"a":"1","b":"2"}'],
    ["entries", (map) => Object.entries(map).flat(), ["a", "1", "b", "2"]],
    ["constructor", (map) => map.constructor, undefined],
    ["prototype", (map) => Object.getPrototypeOf(map), null],
  ];
  for (const [what, look, expected] of looks) assert.equal(look(counted().map), expected, what);
  nodeAssert.deepEqual(counted().map, Object.assign(Object.create(null), { a: "1", b: "2" }));
});

test("it shows what it holds", () => {
  const { map } = counted();
  assert.match(inspect(map), /a: '1', b: '2'/);
});

test("it cannot be changed", () => {
  const { map } = counted();
  assert.throws(() => {
    map.a = "9";
  }, TypeError);
  assert.throws(() => {
    delete map.a;
  }, TypeError);
  assert.throws(() => Object.defineProperty(map, "c", { value: 1 }), TypeError);
  assert.is(map.a, "1");
});

test("an error while it is filled comes out of every look", () => {
  const map = lazy((text: string): Record<string, string> => {
    throw new Error(text);
  }, "malformed");
  assert.throws(() => map.a, /malformed/);
  assert.throws(() => Object.keys(map), /malformed/);
});

test("__proto__ is an ordinary name", () => {
  const map = lazy((text: string): Record<string, string> => JSON.parse(text), '{"__proto__":"x"}');
  assert.equal(Object.keys(map), ["__proto__"]);
  assert.equal(Object.values(map), ["x"]);
  assert.is(Object.getPrototypeOf(map), null);
});

test("the empty map has no names at all", () => {
  assert.equal(Object.keys(empty), []);
  assert.is(empty.constructor, undefined);
  assert.ok(Object.isFrozen(empty));
});

test.run();
