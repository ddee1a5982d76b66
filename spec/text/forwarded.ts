/** Lists are read from behind; elements of `forwarded` give what was written into them. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lastElements, nodeAddress, parseForwarded } from "../../lib/text/forwarded.js";

const pairs = (element: string) => ({ ...parseForwarded(element) });

test("the last elements come first, and no more than are asked for", () => {
  assert.equal(lastElements("a, b ,c", 9), ["c", "b", "a"]);
  assert.equal(lastElements("a, b, c", 2), ["c", "b"]);
  assert.equal(lastElements("a", 1), ["a"]);
  assert.equal(lastElements("a, b", 0), []);
});

test("empty elements count for nothing", () => {
  for (const text of ["", " ", ",", " , ,"]) assert.equal(lastElements(text, 9), []);
  assert.equal(lastElements(",a,, b,", 9), ["b", "a"]);
});

test("a comma in quotes belongs to its element", () => {
  assert.equal(lastElements('a="1,2", b="\\",\\\\", c', 9), ["c", 'b="\\",\\\\"', 'a="1,2"']);
});

test("an open quote in front takes nothing from what stands behind it", () => {
  assert.equal(lastElements('for="_x, for="[::1]:80";proto=https', 1), ['for="[::1]:80";proto=https']);
  assert.equal(lastElements('", for=1.2.3.4', 1), ["for=1.2.3.4"]);
  assert.equal(lastElements('\\, for="1.2.3.4"', 1), ['for="1.2.3.4"']);
});

test("the parameters of an element go by their names in lower case", () => {
  assert.equal(pairs("for=192.0.2.60;proto=http;by=203.0.113.43"), {
    for: "192.0.2.60",
    proto: "http",
    by: "203.0.113.43",
  });
  assert.equal(pairs('For="[2001:db8:cafe::17]:4711"'), { for: "[2001:db8:cafe::17]:4711" });
  assert.equal(pairs("for=_hidden; by=unknown ;"), { for: "_hidden", by: "unknown" });
  assert.equal(pairs('host="a\\"b;c,\\\\"'), { host: 'a"b;c,\\' });
  assert.equal(pairs('host=""'), { host: "" });
});

test("a port without the quotes that it needs is understood, as many proxies write it", () => {
  assert.equal(pairs("for=192.0.2.60:80;host=a.example:8080"), {
    for: "192.0.2.60:80",
    host: "a.example:8080",
  });
  assert.equal(pairs("for=[::1]"), { for: "[::1]" });
});

test("names of any kind are ordinary", () => {
  assert.equal(Object.keys(parseForwarded("__proto__=a;constructor=b") ?? {}), ["__proto__", "constructor"]);
});

test("anything else is malformed", () => {
  const strange = ["for", "for=", "=1", "for =1", "for= 1", "for=a b", 'for="a', 'for=a"', 'for="a"b', "é=1"];
  for (const element of [...strange, "for=1;for=2", "For=1;fOR=2", "for=1;=", 'for="a\\"']) {
    assert.is(parseForwarded(element), undefined, element);
  }
});

test("pairs may be empty", () => {
  const pairs = [
    ["for", "1.2.3.4"],
    ["proto", "https"],
  ];
  for (const text of ["for=1.2.3.4;;proto=https", ";for=1.2.3.4 ; ;proto=https;;"]) {
    assert.equal(Object.entries(parseForwarded(text) ?? {}), pairs, text);
  }
  for (const text of [";", "for=1.2.3.4 proto=https", "for=1.2.3.4;;proto"]) {
    assert.is(parseForwarded(text), undefined, text);
  }
});

test("an address is found without its brackets and its port", () => {
  assert.is(nodeAddress("192.0.2.43"), "192.0.2.43");
  assert.is(nodeAddress("192.0.2.43:47011"), "192.0.2.43");
  assert.is(nodeAddress("192.0.2.43:_obf"), "192.0.2.43");
  assert.is(nodeAddress("[2001:db8::17]"), "2001:db8::17");
  assert.is(nodeAddress("[2001:db8::17]:4711"), "2001:db8::17");
  assert.is(nodeAddress("2001:db8::17"), "2001:db8::17");
  assert.is(nodeAddress("::ffff:192.0.2.43"), "::ffff:192.0.2.43");
});

test("what is named otherwise has none", () => {
  const other = ["", "unknown", "_hidden", "unknown:80", "a.example", "1.2.3", "256.1.1.1", "01.2.3.4"];
  const broken = ["[::1", "[]", "[1.2.3.4]", "[::1]x", "1.2.3.4:", "1.2.3.4:123456", "1.2.3.4 ", "1.2.3.4\n"];
  for (const text of [...other, ...broken]) assert.is(nodeAddress(text), undefined, text);
});

const name = fc.stringMatching(/^[!#$%&'*+.^_`|~a-z0-9-]+$/);
const value = fc.string({ unit: "binary-ascii" }).filter((text) => /^[\t -~]*$/.test(text));
const element = fc.dictionary(name, value, { minKeys: 1, noNullPrototype: true });

const written = (parameters: Record<string, string>): string =>
  Object.entries(parameters)
    .map(([key, text]) => `${key}="${text.replace(/["\\]/g, "\\$&")}"`)
    .join(";");

test("what was written comes back, whatever stands in front of it", () => {
  fc.assert(
    fc.property(fc.array(element, { minLength: 1 }), fc.string(), (elements, front) => {
      const texts = [front, ...elements.map(written)].join(", ");
      const read = lastElements(texts, elements.length).map((text) =>
        Object.entries(parseForwarded(text) ?? {}),
      );
      assert.equal(read, elements.map((one) => Object.entries(one)).reverse());
    }),
  );
});

test("no text makes it throw, and no list has more than its elements", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const elements = lastElements(text, 9);
      assert.ok(elements.length <= text.split(",").length);
      for (const one of elements) parseForwarded(one);
      nodeAddress(text);
    }),
  );
});

test("a hostile list is read in linear time", () => {
  const long = (piece: string) => piece.repeat(65536 / piece.length);
  for (const piece of [
    "\\",
    '"',
    '\\"',
    ",",
    " ",
    "a",
    ";",
    "a=",
    "a=b;",
    'a="',
    "[",
    ":",
    "a,",
    "1.",
    "::",
  ]) {
    for (const text of [long(piece), `for="${long(piece)}`, `for=${long(piece)}"`, `[${long(piece)}]:`]) {
      for (const one of lastElements(text, 65536)) parseForwarded(one);
      parseForwarded(text);
      nodeAddress(text);
    }
  }
});

test.run();
