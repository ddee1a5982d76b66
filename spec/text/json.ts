/** JSON from outside: malformed, deep and treacherous texts are 400, whatever they look like. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseJson } from "../../lib/text/json.js";

const refusal = (text: string): { status: number; message: string } => {
  try {
    parseJson(text);
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return { status, message };
  }
  return { status: 200, message: "" };
};
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

test("JSON gives what JSON.parse gives, but for the name __proto__", () => {
  const harmless = fc.json().filter((text) => !text.includes("__proto__"));
  fc.assert(
    fc.property(harmless, (text) => {
      assert.equal(parseJson(text), JSON.parse(text));
    }),
  );
});

test("malformed JSON is 400 with line and column, and nothing of the text", () => {
  assert.equal(refusal('{"a": secret}'), { status: 400, message: "Malformed JSON at line 1, column 7" });
  assert.equal(refusal('{\n  "a": 1,\n}'), { status: 400, message: "Malformed JSON at line 3, column 1" });
  assert.equal(refusal("[1,"), { status: 400, message: "Malformed JSON at line 1, column 4" });
});

test("a hundred levels are read, one more is 400", () => {
  assert.is(refusal(nested(100)).status, 200);
  assert.equal(refusal(nested(101)), { status: 400, message: "The JSON is more than 100 levels deep" });
  assert.is(refusal(`${'{"a":'.repeat(101)}1${"}".repeat(101)}`).status, 400);
  assert.is(refusal("[".repeat(2 ** 20)).status, 400);
  assert.is(refusal(nested(2 ** 20)).status, 400);
});

test("brackets side by side, and in strings, are no levels", () => {
  assert.is(refusal(`[${"[],{},".repeat(500)}0]`).status, 200);
  assert.is(refusal(JSON.stringify(["[".repeat(500), `\\"${"{".repeat(500)}`, "\\"])).status, 200);
  assert.is(refusal(`["\\\\", "\\"", ${nested(100)}]`).status, 400);
});

test("the name __proto__ is 400 at any depth, however it is written", () => {
  for (const text of [
    '{"__proto__":1}',
    '[1,{"a":[{"__proto__":null}]}]',
    '{"__pro\\u0074o__":{}}',
    '{"\\u005f\\u005F\\u0070roto__":{}}',
    '{"__proto__":1,"__proto__":2}',
  ]) {
    assert.equal(
      refusal(text),
      { status: 400, message: "The JSON has the name __proto__, which is refused" },
      text,
    );
  }
});

test("other names are ordinary ones, and __proto__ is so as a value", () => {
  const text = '{"constructor":{"prototype":1},"toString":"__proto__","é":"\\u00e9","__proto":{}}';
  assert.is(JSON.stringify(parseJson(text)), JSON.stringify(JSON.parse(text)));
});

test.run();
