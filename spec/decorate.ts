import { createReadStream } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { around, decorate, rescue, then } from "../lib/decorate.js";
import type { Decorator, Handler, Request, Response } from "../lib/types.js";

const request: Request = { method: "GET", uri: "/", headers: {} };
const say =
  (body: string): Handler =>
  () => ({ status: 200, headers: {}, body });
const bracket =
  (mark: string): Decorator =>
  (handler) =>
  (request) =>
    then(handler(request), (response) => response && { ...response, body: `${mark}(${response.body})` });

test("the last decorator is the outermost", () => {
  const app = decorate(say("x"), bracket("a"), bracket("b"));
  assert.is((app(request) as Response).body, "b(a(x))");
});

test("decorate changes nothing and gives a new handler", () => {
  const handler = say("x");
  decorate(handler, bracket("a"));
  assert.is((handler(request) as Response).body, "x");
  assert.is(decorate(handler), handler);
});

test("what is no handler or decorator is refused, with what to do", () => {
  assert.throws(() => decorate("x" as never), /decorate: expected a handler \(a function\) first, got "x"/);
  assert.throws(() => decorate(say("x"), {} as never), /expected decorators .* got \{\}/);
  assert.throws(() => decorate(say("x"), (() => undefined) as never), /decorate\(handler, withSession\(\)\)/);
});

test("around runs a step before and a step after, which gets the request as the first left it", () => {
  const seen: unknown[] = [];
  const app = decorate(
    (request) => ({ status: 200, headers: {}, body: String(request.mark) }),
    around(
      (request) => ({ ...request, mark: 1 }),
      (response, request) => {
        seen.push(request.mark);
        return { ...response, status: 201 };
      },
    ),
  );
  assert.equal(app(request), { status: 201, headers: {}, body: "1" });
  assert.equal(seen, [1]);
  assert.is(request.mark, undefined);
});

test("synchronous steps stay synchronous, and asynchronous ones are awaited", async () => {
  const mark = around(
    async (request) => ({ ...request, mark: 2 }),
    async (response) => ({ ...response, status: 202 }),
  );
  const app = decorate((request) => ({ status: 200, headers: {}, body: String(request.mark) }), mark);
  assert.equal(await app(request), { status: 202, headers: {}, body: "2" });
  assert.not.instance(
    decorate(
      say("x"),
      around((request) => request),
    )(request),
    Promise,
  );
});

test("the step after is not called for null, whether now or later", async () => {
  const never = around(undefined, () => {
    throw new Error("called");
  });
  assert.is(decorate(() => null, never)(request), null);
  assert.is(await decorate(async () => null, never)(request), null);
  assert.is(decorate((() => undefined) as never, never)(request), null);
});

test("a stream is let go of where the step after fails, and its own failure harms nobody meanwhile", async () => {
  const fails = [
    around(undefined, () => {
      throw new Error("no");
    }),
    around(undefined, async () => Promise.reject(new Error("no"))),
  ];
  for (const failing of fails) {
    const body = createReadStream("/nowhere/at/all");
    const app = decorate(() => ({ status: 200, headers: {}, body }), failing);
    try {
      await app(request);
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, "no");
    }
    assert.ok(body.destroyed);
  }
});

test("either step may be left out", () => {
  assert.equal(decorate(say("x"), around(), around(null, null))(request), {
    status: 200,
    headers: {},
    body: "x",
  });
  assert.throws(() => around(1 as never), /around: expected a function first, got 1/);
  assert.throws(() => around(undefined, "x" as never), /around: expected a function second, got "x"/);
});

test("rescue catches what is thrown and what is rejected", async () => {
  const fail = (error: unknown, input: number) => `${(error as Error).message} ${input}`;
  const thrown = rescue<number, string>(() => {
    throw new Error("now");
  }, fail);
  assert.is(thrown(1), "now 1");
  assert.is(await rescue<number, string>(async () => Promise.reject(new Error("later")), fail)(2), "later 2");
});

test.run();
