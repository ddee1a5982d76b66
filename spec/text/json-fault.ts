/** Where JSON is malformed is found for every fault, and where V8 tells the place it is the same. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { faultIn } from "../../lib/text/json-fault.js";

const failure = (text: string): string | undefined => {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

test("the place is that of the first character that cannot stand there", () => {
  const faults: Record<string, number> = {
    "": 0,
    "  ": 2,
    x: 0,
    '{"a":x}': 5,
    '{"a":1,}': 7,
    '{"a" 1}': 5,
    "{a:1}": 1,
    "{,}": 1,
    '{"a":1 "b"}': 7,
    "[1 2]": 3,
    "[1,]": 3,
    "[,1]": 1,
    "[1}": 2,
    "[1": 2,
    '{"a":1]': 6,
    '{"a":1}x': 7,
    "[] []": 3,
    "1 ,": 2,
    tru: 0,
    nullx: 4,
    "01": 1,
    "1.": 1,
    "-": 0,
    "+1": 0,
    "1e": 1,
    '"abc': 4,
    '"a\nb"': 2,
    '"a\\x"': 2,
    '"\\u12"': 1,
    '"\\': 1,
    "'a'": 0,
    "[1]\u00a0": 3,
    "\ufeff[]": 0,
  };
  for (const [text, at] of Object.entries(faults)) {
    assert.is(faultIn(text), at, text);
    assert.ok(failure(text), `${text} is no JSON`);
  }
});

test("a text is JSON where nothing of it is left", () => {
  const texts = [
    "null",
    " [ ] ",
    "{}",
    '{ "a" : [ 1 , -0.5e+3 , "\\u00e9\\n\x7f" , true , false , { } ] }\r\n\t',
    "\u2028".replace("\u2028", '"\u2028"'),
  ];
  for (const text of texts) {
    assert.is(failure(text), undefined, text);
    assert.is(faultIn(text), text.length, text);
  }
});

const characters = [...'{}[]:,"\\ue1.-+0 \ntabn', "true", "null", '"a"'];
const nearly = fc.array(fc.constantFrom(...characters), { maxLength: 12 }).map((parts) => parts.join(""));
const damaged = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom("", ...characters))
  .map(([text, at, put]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + 1);
  });

test("a text that is cut where it stops being JSON fails there, and one that is JSON has no such place", () => {
  fc.assert(
    fc.property(fc.oneof(nearly, damaged), (text) => {
      const at = faultIn(text);
      if (failure(text) === undefined) return at === text.length;
      const position = Number(/at position (\d+)/.exec(failure(text) as string)?.[1] ?? at);
      return at <= position && faultIn(text.slice(0, at)) === at;
    }),
    { numRuns: 5000 },
  );
});

test.run();
