/** Percent-encoded text is decoded once, and a malformed escape is a 400. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePercent } from "../../lib/text/percent.js";

test("escapes are decoded as UTF-8, each once", () => {
  assert.is(decodePercent("caf%C3%A9"), "café");
  assert.is(decodePercent("%2525"), "%25");
  assert.is(decodePercent("a%2Fb%00"), "a/b\0");
});

test("text without escapes stays as it is, a plus too", () => {
  assert.is(decodePercent("a+b é"), "a+b é");
  assert.is(decodePercent(""), "");
});

test("whatever encodeURIComponent writes is read back", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, (value) => decodePercent(encodeURIComponent(value)) === value));
});

for (const malformed of ["%", "%4", "%zz", "a%", "%u0041", "%FF", "%C3", "%C0%AF", "%ED%A0%80"]) {
  test(`${malformed} is a 400 that does not repeat it`, () => {
    try {
      decodePercent(`<${malformed}>`);
      assert.unreachable();
    } catch (error) {
      const { status, message, cause } = error as Error & { status: number };
      assert.is(status, 400);
      assert.match(message, /^Malformed escape: expected % and two hex digits/);
      assert.not.match(message, /</);
      assert.instance(cause, URIError);
    }
  });
}

test.run();
