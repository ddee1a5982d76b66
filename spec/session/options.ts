import { test } from "uvu";
import * as assert from "uvu/assert";
import { settingsOf } from "../../lib/session/options.js";
import { memoryStore } from "../../lib/stores/memory.js";

test("what the options leave open is settled", () => {
  const { name, lasts, setCookie, subject } = settingsOf({});
  assert.equal([name, lasts, subject({})], ["composure-session", false, undefined]);
  const plain = { method: "GET", uri: "/", headers: {} };
  assert.is(setCookie(plain, "v"), "composure-session=v; Path=/; HttpOnly; SameSite=Lax");
  assert.is(
    setCookie({ ...plain, scheme: "https" }, null),
    "composure-session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
  );
});

test("a type or a store alone is short for the map", () => {
  for (const given of ["memory", memoryStore(), { type: memoryStore() }] as const) {
    assert.type(settingsOf(given).keeper.find, "function");
  }
});

test("one secret or several, as text or bytes", () => {
  for (const keys of ["k".repeat(32), Buffer.alloc(32), ["k".repeat(32), Buffer.alloc(32)]]) {
    assert.type(settingsOf({ type: "cookie", keys }).keeper.find, "function");
  }
});

test("a label is refused where there is no list to show it", () => {
  assert.throws(
    () => settingsOf({ type: "cookie", keys: "k".repeat(32), label: () => "mine" }),
    /expected "memory" or a store as "type" with "label", got "cookie"\. Sessions in the cookie have no list/,
  );
});

test.run();
