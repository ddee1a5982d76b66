import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseHost } from "../../lib/text/host.js";

test("a name, an address and a literal are hosts, with a port or without", () => {
  assert.equal(parseHost("example.com"), { name: "example.com", port: undefined });
  assert.equal(parseHost("example.com:8080"), { name: "example.com", port: 8080 });
  assert.equal(parseHost("127.0.0.1:3000"), { name: "127.0.0.1", port: 3000 });
  assert.equal(parseHost("[::1]"), { name: "[::1]", port: undefined });
  assert.equal(parseHost("[2001:db8::7]:443"), { name: "[2001:db8::7]", port: 443 });
  assert.equal(parseHost("[v1.a:b]"), { name: "[v1.a:b]", port: undefined });
  assert.equal(parseHost("caf%C3%A9.example"), { name: "caf%C3%A9.example", port: undefined });
  assert.equal(parseHost("a_b-c.d~e"), { name: "a_b-c.d~e", port: undefined });
});

test("the port may be left out after its colon, as the grammar allows", () => {
  assert.equal(parseHost("example.com:"), { name: "example.com", port: undefined });
});

test("anything else is none", () => {
  const strange = [
    "",
    ":80",
    "a b",
    "a@b",
    "a/b",
    "a\\b",
    "a?b",
    "a#b",
    "a, b",
    "a:b",
    "a:80:80",
    "a:-1",
    "a:65536",
  ];
  const broken = [
    "[::1",
    "::1",
    "[]",
    "[::1]x",
    "[::1%25eth0]",
    "[fe80::1%eth0]",
    "[g::]",
    "[v.x]",
    "[::\t1]",
    "[1:2]",
    "a%",
    "a%2",
    "a%zz",
    "é",
  ];
  for (const text of [...strange, ...broken, "a\0", " a", "a\n"]) assert.is(parseHost(text), undefined, text);
});

test("a host that is found is the text that was given", () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  fc.assert(
    fc.property(host, fc.integer({ min: 0, max: 65535 }), (name, port) => {
      assert.equal(parseHost(`${name}:${port}`), { name, port });
    }),
  );
});

test("no text makes it throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseHost(text)));
});

test.run();
