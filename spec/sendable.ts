import { test } from "uvu";
import * as assert from "uvu/assert";
import { html } from "../lib/html.js";
import { complete, sendable } from "../lib/sendable.js";
import type { Response, ResponseBody } from "../lib/types.js";

test("what is no response map, or has no status, is refused", () => {
  assert.throws(
    () => complete("Hello" as unknown as Response),
    /the handler: expected a response map such as/,
  );
  assert.throws(() => complete({ status: 99, headers: {} }), /expected a status from 200 to 599, got 99/);
});

test("markup and blobs bring their type with them, unless there is one", () => {
  const typeOf = (body: unknown, headers = {}) => ({
    ...complete({ status: 200, headers, body: body as ResponseBody }).headers,
  });
  assert.equal(typeOf(html`<p>`), { "content-type": "text/html; charset=utf-8" });
  assert.equal(typeOf(new Blob(["x"], { type: "a/b" })), { "content-type": "a/b" });
  assert.equal(typeOf(new Blob(["x"], { type: "a/b" }), { "Content-Type": "c/d" }), {
    "Content-Type": "c/d",
  });
  assert.equal(complete({ status: 200 } as Response), { status: 200, headers: {} });
});

test("a session or flash that would be lost is refused", () => {
  const response = { status: 200, headers: {} };
  assert.throws(() => sendable({ ...response, session: null }), /its session would be lost. Write decorate/);
  assert.throws(() => sendable({ ...response, flash: {} }), /its flash would be lost/);
  assert.is(complete({ ...response, session: null }).session, null);
});

test.run();
