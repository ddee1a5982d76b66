import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isConstant, renderer } from "../lib/constant.js";
import { file } from "../lib/file.js";
import { html } from "../lib/html.js";
import { render } from "../lib/render.js";
import type { Request, Response, Update } from "../lib/types.js";

const request: Request = { method: "GET", uri: "/x", headers: {}, route: "/:id" };

test("what needs no request is told from what does", () => {
  const constant = [
    "Hello",
    html`<p>`,
    404,
    {},
    { status: 201 },
    { headers: { a: "b" }, body: "c" },
    [410, ["Gone"]],
  ];
  for (const update of constant) assert.ok(isConstant(update), inspect(update));
  const others = [
    null,
    undefined,
    99,
    { status: 99 },
    () => "Hello",
    [() => "Hello"],
    { body: new Uint8Array() },
  ];
  for (const update of others) assert.not.ok(isConstant(update), inspect(update));
  for (const update of [
    { session: {} },
    { flash: {} },
    { ok: true },
    new Map(),
    file("a"),
    Promise.resolve("a"),
  ]) {
    assert.not.ok(isConstant(update), inspect(update));
  }
});

test("of a constant, each request gets a response of its own, the one that render makes", () => {
  const answer = renderer([201, { headers: { "X-A": "1", "Set-Cookie": "a=1" } }, "Made"] as Update);
  const [first, second] = [answer(request), answer(request)] as [Response, Response];
  assert.equal(first, render(request, [201, { headers: { "X-A": "1", "Set-Cookie": "a=1" } }, "Made"]));
  Object.assign(first.headers, { "x-a": "2" });
  assert.equal(second.headers["x-a"], "1");
});

test.run();
