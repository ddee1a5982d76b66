import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { recent } from "../lib/recent.js";

test("what was set is found until it is forgotten, and nothing else is", () => {
  const values = recent<number>(2);
  assert.is(values.get("a"), undefined);
  values.set("a", 1);
  assert.is(values.get("a"), 1);
  values.set("a", 2);
  assert.is(values.get("a"), 2);
});

/** Asks for each key in turn, and sets it where it is not there. */
function used(most: number, uses: readonly number[]) {
  const values = recent<number>(most);
  for (const n of uses) if (values.get(`k${n}`) === undefined) values.set(`k${n}`, n);
  return values;
}

test("the last ones used are there, and there are never more than twice as many", () => {
  const keys = [...Array(13).keys()];
  const uses = fc.array(fc.constantFrom(...keys), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), uses, (most, uses) => {
      const held = keys.filter((n) => used(most, uses).get(`k${n}`) === n);
      const latest = [...new Set(uses.toReversed())].slice(0, most);
      return latest.every((n) => held.includes(n)) && held.length <= 2 * most;
    }),
  );
});

test.run();
