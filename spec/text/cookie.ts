/** Cookies are read from any header, and only sound ones are written. */
import { parseCookie, type SerializeOptions, stringifySetCookie } from "cookie";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type CookieAttributes,
  formatCookie,
  parseCookies,
  readCookie,
  readCookies,
} from "../../lib/text/cookie.js";

const parsed = (header: string | undefined) => ({ ...parseCookies(header) });

test("cookies are read by name, their values decoded", () => {
  assert.equal(parsed("a=1; b=caf%C3%A9;c=x=y"), { a: "1", b: "café", c: "x=y" });
  assert.equal(parsed(" a\t= 1 ;b="), { a: "1", b: "" });
});

test("without a header, or with nothing in it, there are none", () => {
  assert.equal(parsed(undefined), {});
  assert.equal(parsed(""), {});
  assert.equal(parsed(";; ;a;"), {});
});

test("the first of a repeated name wins", () => {
  assert.equal(parsed("a=1; b=2; a=3"), { a: "1", b: "2" });
  assert.equal(parsed("a=; a=3"), { a: "" });
});

test("a malformed escape keeps its raw text and hurts no other cookie", () => {
  assert.equal(parsed("a=%E0%A4%A; b=%41"), { a: "%E0%A4%A", b: "A" });
});

test("__proto__ and constructor are ordinary names of cookies", () => {
  const cookies = parseCookies("__proto__=1; constructor=2; __proto__=3");
  assert.equal(Object.entries(cookies), [
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
  assert.is(Object.getPrototypeOf(cookies), null);
  assert.is(parseCookies("a=1").toString, undefined);
});

test("one cookie is found wherever it stands", () => {
  assert.is(readCookie("sid=1; b=2", "sid"), "1");
  assert.is(readCookie("a=1;\t sid =x%20y ; b=2", "sid"), "x y");
  assert.is(readCookie("a=1; sid=", "sid"), "");
  assert.is(readCookie("a=1; sid=%E0", "sid"), "%E0");
});

test("a cookie is not found in another's name or value", () => {
  assert.is(readCookie("xsid=1; sidx=2; b=sid; c=sid=3; sid", "sid"), undefined);
  assert.is(readCookie("xsid=1; sidx=2; sid; sid=4; sid=5", "sid"), "4");
  assert.is(readCookie(undefined, "sid"), undefined);
  assert.is(readCookie("", "sid"), undefined);
  assert.is(readCookie("a=1", "toString"), undefined);
  assert.is(readCookie("a=1", "__proto__"), undefined);
});

const piece = fc.constantFrom(
  "a",
  "b",
  "aa",
  "ab",
  "__proto__",
  "=",
  "; ",
  ";",
  " ",
  "\t",
  "%41",
  "%",
  '"',
  ",",
);
const header = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));

test("parseCookies finds what the cookie package finds, in any header that it looks at", () => {
  const long = header.filter((given) => given.length > 1);
  fc.assert(
    fc.property(long, (given) => {
      assert.equal(Object.entries(parseCookies(given)), Object.entries(parseCookie(given)));
    }),
    { numRuns: 2000 },
  );
});

test("formatCookie writes what the cookie package writes", () => {
  const value = fc.string({ unit: "binary" });
  const attributes = fc.record(
    {
      maxAge: fc.integer(),
      expires: fc.date({ noInvalidDate: true }),
      path: fc.constantFrom("/", "/a b"),
      domain: fc.constantFrom("example.com", ".example.com"),
      httpOnly: fc.boolean(),
      sameSite: fc.constantFrom("strict", "lax", "none"),
      partitioned: fc.boolean(),
      priority: fc.constantFrom("low", "medium", "high"),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(value, attributes, (given, some) => {
      const all = { ...some, secure: true } as SerializeOptions & CookieAttributes;
      assert.is(formatCookie("a", given, all), stringifySetCookie("a", given, all));
    }),
  );
});

test("readCookie finds what parseCookies finds, in any header", () => {
  const name = fc.constantFrom("a", "b", "aa", "ab", "__proto__", "constructor", "%41");
  const agrees = (given: string, wanted: string): void =>
    assert.is(readCookie(given, wanted), parseCookies(given)[wanted]);
  fc.assert(fc.property(header, name, agrees), { numRuns: 2000 });
});

test("what formatCookie writes, parseCookies reads", () => {
  const value = fc.string({ unit: "binary" });
  fc.assert(fc.property(value, (given) => parseCookies(formatCookie("a", given)).a === given));
});

test("all attributes are written", () => {
  const attributes: CookieAttributes = {
    maxAge: 60,
    expires: new Date(0),
    path: "/",
    domain: "example.com",
    secure: true,
    httpOnly: true,
    sameSite: "none",
    partitioned: true,
    priority: "high",
  };
  assert.is(
    formatCookie("sid", "a b;", attributes),
    "sid=a%20b%3B; Max-Age=60; Domain=example.com; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; " +
      "HttpOnly; Secure; Partitioned; Priority=High; SameSite=None",
  );
});

test("what is undefined or false is left out", () => {
  assert.is(formatCookie("a", ""), "a=");
  assert.is(formatCookie("a", "1", { maxAge: 0, path: undefined, secure: false }), "a=1; Max-Age=0");
});

for (const name of ["", "a b", "a;b", "a=b", "a\r\nb", "é", "a,b", 1, undefined]) {
  test(`${JSON.stringify(name)} is no name of a cookie`, () => {
    assert.throws(() => formatCookie(name as string, "1"), /^cookie: expected a name of letters, .*, got /);
  });
}

for (const value of [1, undefined, null, "\ud800"]) {
  test(`${JSON.stringify(value)} is no value of a cookie`, () => {
    assert.throws(() => formatCookie("a", value as string), /^cookie "a": expected well-formed text, got /);
  });
}

const wrongAttributes: readonly [string, readonly unknown[]][] = [
  ["maxAge", [1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21, "60", null]],
  ["expires", [new Date(Number.NaN), "tomorrow", 0]],
  ["path", ["", "admin", "/a;b", "/\r\nset-cookie: a=1", "/é", 1]],
  ["domain", ["", "a b", "example.com;secure", "-a.com", "a..b", "example.com.", "é.com", 1]],
  ["secure", ["auto", 1, null]],
  ["httpOnly", ["true", 0]],
  ["sameSite", ["Lax", true, "", "strict; secure"]],
  ["partitioned", ["yes"]],
  ["priority", ["highest", 1]],
];

for (const [attribute, values] of wrongAttributes) {
  test(`a wrong ${attribute} is refused with what was expected and what it was`, () => {
    for (const value of values) {
      const message = new RegExp(`^cookie "a": expected "${attribute}" to be .+, got .+`);
      assert.throws(() => formatCookie("a", "1", { secure: true, [attribute]: value }), message);
    }
  });
}

test("an unknown attribute is refused, with those there are", () => {
  const given = { samesite: "lax" } as CookieAttributes;
  assert.throws(() => formatCookie("a", "1", given), /expected attributes among maxAge, .+, got "samesite"$/);
  const own = JSON.parse('{ "__proto__": "x" }');
  assert.throws(() => formatCookie("a", "1", own), /got "__proto__"$/);
});

test('sameSite "none", partitioned and the prefixes of names require secure', () => {
  const unsafe: readonly [string, CookieAttributes, RegExp][] = [
    ["a", { sameSite: "none" }, /expected secure: true with sameSite: "none", got undefined$/],
    ["a", { partitioned: true, secure: false }, /expected secure: true with partitioned: true, got false$/],
    ["__Secure-a", {}, /expected secure: true with the prefix of its name/],
    ["__host-a", { path: "/" }, /expected secure: true with the prefix of its name/],
  ];
  for (const [name, attributes, message] of unsafe) {
    assert.throws(() => formatCookie(name, "1", attributes), message);
    assert.match(formatCookie(name, "1", { ...attributes, secure: true }), /; Secure/);
  }
});

test("the prefix __Host- requires the path / and no domain", () => {
  const host = (attributes: CookieAttributes) => () =>
    formatCookie("__Host-a", "1", { secure: true, ...attributes });
  assert.throws(host({}), /expected path: "\/" with the prefix __Host-, got undefined$/);
  assert.throws(host({ path: "/app" }), /expected path: "\/" .*, got "\/app"$/);
  assert.throws(host({ path: "/", domain: "example.com" }), /expected no domain .*, got "example.com"$/);
  assert.is(host({ path: "/" })(), "__Host-a=1; Path=/; Secure");
  assert.is(formatCookie("__Secure-a", "1", { secure: true }), "__Secure-a=1; Secure");
});

test("no value and no attribute adds a line or an attribute", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, text, (value, path, domain) => {
      try {
        return /^a=[^;\r\n\0]*; Domain=[^;\r\n\0]*; Path=\/[^;\r\n\0]*$/.test(
          formatCookie("a", value, { path, domain }),
        );
      } catch (error) {
        return error instanceof TypeError;
      }
    }),
  );
});

test("all values of a name are read, in their order", () => {
  assert.equal(readCookies("a=1; b=2; a=%203; aa=4; xa=5", "a"), ["1", " 3"]);
  for (const header of [undefined, "", "b=1", "a"]) assert.equal(readCookies(header, "a"), []);
});

test.run();
