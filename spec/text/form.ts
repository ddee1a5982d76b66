/** Urlencoded forms are read as the platform reads them, with repeated names as arrays. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatForm, lastOf, parseForm } from "../../lib/text/form.js";

const parsed = (text: string) => ({ ...parseForm(text) });
const text = fc.string({ unit: "binary" });
const someText = text.filter((value) => value !== "");

test("names and values are read, a plus as a space, escapes as UTF-8", () => {
  assert.equal(parsed("name=Ada+L%C3%B6ve&a=1%2B1"), { name: "Ada Löve", a: "1+1" });
  assert.equal(parsed("first+name=Ada"), { "first name": "Ada" });
  assert.equal(parsed(""), {});
});

test("only the first = separates", () => {
  assert.equal(parsed("a=b=c&d=="), { a: "b=c", d: "=" });
});

test("a name alone is the empty text, and so is a name with nothing after its =", () => {
  assert.equal(parsed("foo"), { foo: "" });
  assert.equal(parsed("foo&bar=&baz=1"), { foo: "", bar: "", baz: "1" });
});

test("a parameter without a name is dropped, and so are empty ones", () => {
  assert.equal(parsed("=1&&a=2&=&"), { a: "2" });
});

test("a repeated name gives an array in order", () => {
  assert.equal(parsed("a=1&b=2&a=3&a"), { a: ["1", "3", ""], b: "2" });
});

test("__proto__, constructor and toString are ordinary names", () => {
  const params = parseForm("__proto__=1&constructor=2&toString=3&__proto__=4");
  assert.equal(Object.entries(params), [
    ["__proto__", ["1", "4"]],
    ["constructor", "2"],
    ["toString", "3"],
  ]);
  assert.is(Object.getPrototypeOf(params), null);
  assert.is(parseForm("a=1").constructor, undefined);
});

test("a malformed escape is a 400, in a name or a value", () => {
  for (const malformed of ["a=%", "%zz=1", "b=1&a=%FF"]) {
    assert.throws(
      () => parseForm(malformed),
      (error: Error & { status: number }) => error.status === 400,
    );
  }
});

test("what formatForm writes, parseForm reads", () => {
  const values = fc.dictionary(someText, fc.oneof(text, fc.array(text, { minLength: 2 })), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(values, (given) =>
      assert.equal(Object.entries(parseForm(formatForm(given))).sort(), Object.entries(given).sort()),
    ),
  );
});

test("parseForm agrees with URLSearchParams on what URLSearchParams writes", () => {
  const pairs = fc.array(fc.tuple(fc.oneof(someText, fc.constantFrom("a", "b", "__proto__")), text));
  fc.assert(
    fc.property(pairs, (given) => {
      const platform = new URLSearchParams(given);
      const params = parseForm(platform.toString());
      assert.equal(Object.keys(params).sort(), [...new Set(platform.keys())].sort());
      for (const name of platform.keys()) assert.equal([params[name]].flat(), platform.getAll(name));
    }),
  );
});

test("no text makes parseForm throw anything but a 400", () => {
  const hostile = fc.string({ unit: fc.constantFrom("&", "=", "+", "%", "4", "a", "\0", "é", "\ud800") });
  fc.assert(
    fc.property(hostile, (given) => {
      try {
        return Object.getPrototypeOf(parseForm(given)) === null;
      } catch (error) {
        return (error as { status?: number }).status === 400;
      }
    }),
  );
});

test("a mebibyte of separators, names or repetitions is read", () => {
  const mebibyte = 1024 * 1024;
  assert.equal(parsed("&".repeat(mebibyte)), {});
  assert.is(parseForm("a&".repeat(mebibyte / 2)).a?.length, mebibyte / 2);
  assert.is(parseForm(`a${"=".repeat(mebibyte)}`).a?.length, mebibyte - 1);
});

test("formatForm writes numbers, booleans and lists, and leaves out what is undefined", () => {
  assert.is(formatForm({ a: 1, b: true, c: ["x y", 2], d: undefined, e: [] }), "a=1&b=true&c=x+y&c=2");
  assert.is(formatForm({ "é&": "=+%" }), "%C3%A9%26=%3D%2B%25");
  assert.is(formatForm({}), "");
});

test("lastOf keeps the last of a repeated name, in a map without prototype", () => {
  const last = lastOf(parseForm("a=1&b=2&a=3&__proto__=x&__proto__=y"));
  assert.equal(Object.entries(last), [
    ["a", "3"],
    ["b", "2"],
    ["__proto__", "y"],
  ]);
  assert.is(Object.getPrototypeOf(last), null);
});

test.run();
