/** Names with brackets become maps and lists; hostile ones are ordinary names, or 400. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { nest } from "../../lib/text/nested.js";
import type { NestedParam, RepeatedParams } from "../../lib/types.js";

/** The same with ordinary prototypes, after a look that there were none. */
function plain(value: NestedParam | undefined): unknown {
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  assert.is(Object.getPrototypeOf(value), null);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}
const nested = (params: RepeatedParams, maxDepth = 5): unknown => plain(nest(params, maxDepth));

const refusal = (params: RepeatedParams, maxDepth = 5): string => {
  try {
    nest(params, maxDepth);
    return "";
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return `${status} ${message}`;
  }
};

test("brackets with a name make maps, empty ones lists", () => {
  assert.equal(nested({ a: "1", "user[name]": "Ada", "user[age]": "36", "tags[]": ["x", "y"] }), {
    a: "1",
    user: { name: "Ada", age: "36" },
    tags: ["x", "y"],
  });
  assert.equal(nested({ "a[b][c][]": "1", "a[b][d]": "2" }), { a: { b: { c: ["1"], d: "2" } } });
  assert.equal(nested({ "tags[]": "x" }), { tags: ["x"] });
  assert.equal(nested({ "a[][]": ["1", "2"] }), { a: [["1"], ["2"]] });
});

test("each pair below empty brackets is a map of its own", () => {
  assert.equal(nested({ "a[][x]": "1", "a[][y]": "2" }), { a: [{ x: "1" }, { y: "2" }] });
  assert.equal(nested({ "a[][x]": ["1", "2"] }), { a: [{ x: "1" }, { x: "2" }] });
  assert.equal(nested({ "a[][b][c]": ["1", "2"] }), { a: [{ b: { c: "1" } }, { b: { c: "2" } }] });
});

test("numbers in brackets are names like any other", () => {
  assert.equal(nested({ "a[0][x]": "1", "a[0][y]": "2", "a[1][x]": "3" }), {
    a: { 0: { x: "1", y: "2" }, 1: { x: "3" } },
  });
});

test("of a repeated name without empty brackets the last counts", () => {
  assert.equal(nested({ a: ["1", "2"], "b[c]": ["3", "4"] }), { a: "2", b: { c: "4" } });
});

test("a name whose brackets do not fit together is an ordinary one", () => {
  for (const name of [
    "[a]",
    "[]",
    "a[",
    "a]",
    "a[b",
    "a[b]c",
    "a[[b]]",
    "a[b]]",
    "a]b[c]",
    "a[b][",
    "a][b]",
    "a[b]x[c]",
  ]) {
    assert.equal(nested({ [name]: "1" }), { [name]: "1" }, name);
  }
  assert.equal(nested({ "a[ b ]": "1", "a[\n]": "2" }), { a: { " b ": "1", "\n": "2" } });
});

test("__proto__, constructor and toString are ordinary names at every depth", () => {
  const params = {
    "__proto__[x]": "1",
    "a[__proto__][y]": "2",
    "constructor[prototype][z]": "3",
    toString: "4",
  };
  const seen = nest(params, 5);
  assert.equal(Object.keys(seen), ["__proto__", "a", "constructor", "toString"]);
  assert.is(JSON.stringify(Object.values(seen)[0]), '{"x":"1"}');
  assert.is(JSON.stringify(seen.a), '{"__proto__":{"y":"2"}}');
  assert.is(JSON.stringify(seen.constructor), '{"prototype":{"z":"3"}}');
  assert.is(({} as { x?: unknown }).x, undefined);
});

test("a name that stands for two kinds of things is 400, in either order", () => {
  const names = ["a", "a[b]", "a[]"];
  for (const first of names) {
    for (const second of names.filter((name) => name !== first)) {
      for (const below of ["", "x"]) {
        const inside = (name: string) => (below === "" ? name : name.replace("a", "x[a]"));
        assert.match(
          refusal({ [inside(first)]: "1", [inside(second)]: "2" }),
          /^400 Conflicting parameters: /,
        );
      }
    }
  }
  assert.match(refusal({ a: "", "a[b]": "" }), /^400/);
});

test("more brackets than allowed are 400", () => {
  assert.equal(nested({ "a[b][c]": "1" }, 2), { a: { b: { c: "1" } } });
  assert.is(refusal({ "a[b][c]": "1" }, 1), "400 A parameter is more than 1 levels deep");
  assert.is(refusal({ "a[]": "1" }, 0), "400 A parameter is more than 0 levels deep");
  assert.equal(nested({ "a]": "1" }, 0), { "a]": "1" });
  assert.match(refusal({ [`a${"[]".repeat(2 ** 20)}`]: "1" }), /^400/);
  assert.match(refusal({ [`a${"[b]".repeat(2 ** 18)}`]: "1" }), /^400/);
});

test("whatever is sent, it is nested or 400, and no text is lost that has a name of its own", () => {
  const name = fc.array(fc.constantFrom("a", "b", "[", "]", "[]", "[a]", "__proto__"), { maxLength: 6 });
  const params = fc.array(fc.tuple(name, fc.string()), { maxLength: 6 });
  fc.assert(
    fc.property(params, (pairs) => {
      const given = Object.fromEntries(pairs.map(([parts, value]) => [parts.join(""), value]));
      const refused = refusal(given);
      if (refused !== "") return refused.startsWith("400 ");
      const texts = (value: unknown): unknown[] =>
        typeof value === "object" ? Object.values(value as object).flatMap(texts) : [value];
      return Object.values(given).sort().join() === texts(nest(given, 5)).sort().join();
    }),
    { numRuns: 2000 },
  );
});

test.run();
