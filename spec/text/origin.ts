import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isOrigin, isOriginOf } from "../../lib/text/origin.js";

test("an origin is a scheme, a host and perhaps a port", () => {
  for (const origin of [
    "https://a.example",
    "http://a.example:8080",
    "http://[::1]:3000",
    "https://xn--caf-dma.example",
    "capacitor://localhost",
    "chrome-extension://abcdef",
  ]) {
    assert.ok(isOrigin(origin), origin);
  }
});

test("anything more, less or written otherwise is none", () => {
  for (const text of [
    "",
    "null",
    "*",
    "a.example",
    "//a.example",
    "https://",
    "https://a.example/",
    "https://a.example/path",
    "https://a.example?",
    "https://a.example#",
    "https://*.a.example",
    "https://A.example",
    "HTTPS://a.example",
    "https://a.example:443",
    "https://a.example:",
    "https://user@a.example",
    "https://a.example, https://b.example",
    " https://a.example",
    "https://a.example\n",
    "https://café.example",
    "https:a.example",
    "file://",
    "mailto:a@b.example",
  ]) {
    assert.not.ok(isOrigin(text), text);
  }
});

test("an origin is that of its host, by any scheme and with the port that is meant", () => {
  for (const [origin, host] of [
    ["https://a.example", "a.example"],
    ["http://a.example", "a.example"],
    ["https://a.example", "A.Example"],
    ["https://a.example", "a.example:443"],
    ["http://a.example", "a.example:80"],
    ["http://a.example:3000", "a.example:3000"],
    ["http://[::1]:3000", "[::1]:3000"],
    ["http://127.0.0.1", "127.0.0.1"],
  ] as const) {
    assert.ok(isOriginOf(origin, host), `${origin} ${host}`);
  }
});

test("another name or port is another host", () => {
  for (const [origin, host] of [
    ["https://a.example", "b.example"],
    ["https://a.example", "a.example.evil"],
    ["https://evil-a.example", "a.example"],
    ["https://www.a.example", "a.example"],
    ["https://a.example", "a.example:80"],
    ["http://a.example", "a.example:443"],
    ["https://a.example:8443", "a.example"],
    ["http://a.example:3000", "a.example:3001"],
    ["null", "null"],
    ["", ""],
    ["file://", ""],
    ["capacitor://localhost", "localhost"],
    ["https://a.example", "evil@a.example"],
    ["https://a.example", "a.example/b"],
    ["https://a.example", "a.example#b"],
    ["https://a.example", ""],
    ["https://a.example", "%zz"],
    ["https://a.example", "a.example:99999"],
  ] as const) {
    assert.not.ok(isOriginOf(origin, host), `${origin} ${host}`);
  }
});

test("a host that the grammar allows and no browser would ask for is no error", () => {
  assert.is(isOriginOf("https://a.example", "%25.example"), false);
});

test("law: whatever comes, the answer is yes only for the same host", () => {
  const text = fc.oneof(fc.string(), fc.webUrl(), fc.domain());
  fc.assert(
    fc.property(text, text, (origin, host) => {
      if (isOriginOf(origin, host)) assert.is(new URL(origin).hostname, new URL(`http://${host}`).hostname);
    }),
  );
});

test("law: a site is of its own host, and of no other", () => {
  const port = fc.option(fc.integer({ min: 1, max: 65535 }));
  fc.assert(
    fc.property(
      fc.domain(),
      fc.domain(),
      port,
      fc.constantFrom("http", "https"),
      (name, other, port, scheme) => {
        const url = new URL(`${scheme}://${name}${port === null ? "" : `:${port}`}`);
        const { origin, host } = url;
        assert.ok(isOriginOf(origin, host));
        assert.is(isOriginOf(origin, other), url.port === "" && name.toLowerCase() === other.toLowerCase());
      },
    ),
  );
});

test.run();
