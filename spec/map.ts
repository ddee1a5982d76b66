import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { merged, omitted, put } from "../lib/map.js";

const map = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "a")),
  fc.integer(),
);

test("law: two maps are merged as by a spread", () => {
  fc.assert(
    fc.property(map, map, (a, b) =>
      assert.equal(Object.entries(merged(a, b)), Object.entries({ ...a, ...b })),
    ),
  );
});

test("law: omitting keys leaves the others, in their order", () => {
  fc.assert(
    fc.property(map, fc.array(fc.string()), (a, keys) => {
      const rest = Object.entries(a).filter(([key]) => !keys.includes(key));
      assert.equal(Object.entries(omitted(a, new Set(keys))), rest);
    }),
  );
});

test("__proto__ is an ordinary key", () => {
  const into = {};
  put(into, "__proto__", { admin: true });
  assert.equal(Object.keys(into), ["__proto__"]);
  assert.is((into as { admin?: boolean }).admin, undefined);
  assert.is(Object.getPrototypeOf(merged(JSON.parse('{"__proto__":1}'), {})), Object.prototype);
});

test("what is given stays as it was", () => {
  const [a, b] = [Object.freeze({ x: 1 }), Object.freeze({ y: 2 })];
  assert.equal(merged(a, b), { x: 1, y: 2 });
  assert.equal([a, b], [{ x: 1 }, { y: 2 }]);
});

test.run();
