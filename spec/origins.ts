/** Origins are compared as browsers write them, whole. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { allowedBy, type Origins } from "../lib/origins.js";
import type { Request } from "../lib/types.js";

const from = (origin?: string): Request => ({ method: "GET", uri: "/", headers: { origin } });
const allowed = (origins: unknown, origin?: string) => allowedBy("spec", origins as Origins)(from(origin));

test("a star is for all, with an origin or without", () => {
  assert.is(allowed("*", "https://a.example"), "*");
  assert.is(allowed("*"), "*");
});

test("an origin is allowed where it is named exactly", () => {
  const origins = ["https://a.example", "http://localhost:5173", "capacitor://localhost"];
  for (const origin of origins) {
    assert.is(allowed(origins, origin), origin);
    assert.is(allowed(origin, origin), origin);
  }
  const near = [
    "http://a.example",
    "https://A.example",
    "https://a.example.",
    "https://a.example/",
    "https://a.example:443",
    "https://a.example:8443",
    "https://b.a.example",
    "https://a.example.evil.example",
    "https://a.example, https://evil.example",
    "https://evil.example, https://a.example",
    " https://a.example",
    "https://a_example",
    "a.example",
    "null",
    "*",
    "",
  ];
  for (const origin of near) assert.is(allowed(origins, origin), null, origin);
  assert.is(allowed(origins), null);
});

test("a function says yes by true or by the origin itself, now or later", async () => {
  const origin = "https://a.example";
  assert.is(
    allowed(() => true, origin),
    origin,
  );
  assert.is(
    allowed((asking: string) => asking, origin),
    origin,
  );
  assert.is(await allowed(async () => true, origin), origin);
  for (const no of [false, null, undefined, "", "*", "https://b.example", 1, {}, ["x"]]) {
    assert.is(
      allowed(() => no, origin),
      null,
    );
    assert.is(await allowed(async () => no, origin), null);
  }
});

test("a function gets the origin and the request, and is not asked without an origin", () => {
  const calls: unknown[] = [];
  const ask = (...args: unknown[]) => calls.push(args);
  allowed(ask, "https://a.example");
  allowed(ask);
  assert.equal(calls, [["https://a.example", from("https://a.example")]]);
});

test("the origin null must be named", () => {
  assert.is(
    allowed(() => true, "null"),
    null,
  );
  assert.is(
    allowed((origin: string) => origin, "null"),
    "null",
  );
  assert.is(allowed("null", "null"), "null");
  assert.is(allowed(["https://a.example", "null"], "null"), "null");
});

test("what no browser would send is refused", () => {
  const strange = [
    "https://a.example/",
    "https://A.example",
    "https://a.example:443",
    "http://a.example:80",
    "https://a.example/path",
    "https://user@a.example",
    "https://*.example",
    "https://café.example",
    "https:a.example",
    "https://a.example,https://b.example",
    "https://a b",
    "HTTPS://a.example",
    "a.example",
    "localhost:3000",
    "app://a/",
    "",
  ];
  for (const origin of [...strange, null, 1, /a/, true, {}, undefined]) {
    assert.throws(
      () => allowed(["https://a.example", origin]),
      /^spec: expected "\*", origins such as/,
      String(origin),
    );
    assert.throws(
      () => allowed(origin),
      /^spec: expected "\*", .+, got .+for any other rule give a function$/,
    );
  }
  assert.throws(() => allowed(["*"]), /got "\*"\. Write scheme and host in lower case/);
  assert.throws(() => allowed([]), /got an array of 0/);
});

test.run();
