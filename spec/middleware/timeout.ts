import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { abortableRequest, withTimeout } from "../../lib/middleware/timeout.js";
import { POST } from "../../lib/routes.js";
import type { Handler, Request, Response } from "../../lib/types.js";

const get: Request = { method: "GET", uri: "/", headers: {} };
const ok: Response = { status: 200, headers: {}, body: "ok" };

/** A handler that answers when it is told to, and the requests that it got. */
function onDemand() {
  const requests: Request[] = [];
  const settle: { resolve: (response: Response | null) => void; reject: (error: unknown) => void }[] = [];
  const handler: Handler = (request) => {
    requests.push(request);
    return new Promise((resolve, reject) => settle.push({ resolve, reject }));
  };
  return { requests, settle, handler };
}

const failureOf = async (answer: unknown): Promise<Error & { status?: number }> => {
  try {
    await answer;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected it to fail");
};

/** Until whatever waits for promises has gone on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("an answer that does not come is 503, and the handler's signal says why", async () => {
  const { requests, handler } = onDemand();
  const error = await failureOf(withTimeout(0.01)(handler)(get));
  assert.is(error.status, 503);
  assert.is(error.message, "The server took too long to answer");
  const { signal } = requests[0] as Request;
  assert.is(signal?.aborted, true);
  assert.is(signal?.reason, error);
});

test("an answer that is there in time is the handler's", async () => {
  const { settle, handler } = onDemand();
  const app = withTimeout(600)(handler);
  const answers = [app(get), app(get)];
  settle[0]?.resolve(ok);
  settle[1]?.resolve(null);
  assert.equal(await Promise.all(answers), [ok, null]);
});

test("an error in time is the handler's, thrown or promised", async () => {
  const fault = new Error("a fault");
  const { settle, handler } = onDemand();
  const answer = withTimeout(600)(handler)(get);
  settle[0]?.reject(fault);
  assert.is(await failureOf(answer), fault);
  const throwing: Handler = () => {
    throw fault;
  };
  assert.throws(() => withTimeout(600)(throwing)(get), /a fault/);
});

test("a handler that does not wait stays synchronous", () => {
  assert.is(withTimeout(1)(() => ok)(get), ok);
  assert.is(withTimeout(1)(() => null)(get), null);
});

test("no timer is left behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const { settle, handler } = onDemand();
  const app = withTimeout(600)(handler);
  const answers = [app(get), app(get)];
  assert.is(timers(), before + 2);
  settle[0]?.resolve(ok);
  settle[1]?.reject(new Error("a fault"));
  await Promise.allSettled(answers);
  assert.is(timers(), before);
});

test("a late answer is dropped and its stream destroyed", async () => {
  const { settle, handler } = onDemand();
  await failureOf(withTimeout(0.01)(handler)(get));
  const body = new Readable({ read() {} });
  settle[0]?.resolve({ ...ok, body });
  await turn();
  assert.is(body.destroyed, true);
});

test("a late null or error disturbs nobody", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const { settle, handler } = onDemand();
  const app = withTimeout(0.01)(handler);
  await Promise.all([failureOf(app(get)), failureOf(app(get))]);
  settle[0]?.reject(new Error("too late"));
  settle[1]?.resolve(null);
  await turn();
  process.off("unhandledRejection", note);
  assert.equal(unhandled, []);
});

test("the handler that fails because of the signal is still a 503", async () => {
  const handler: Handler = ({ signal }) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped"))));
  assert.is((await failureOf(withTimeout(0.01)(handler)(get))).status, 503);
});

test("a client that leaves is still told to the handler, also while the answer is sent", () => {
  const client = new AbortController();
  const seen: (AbortSignal | undefined)[] = [];
  const handler: Handler = ({ signal }) => {
    seen.push(signal);
    return ok;
  };
  withTimeout(600)(handler)({ ...get, signal: client.signal });
  assert.is(seen[0]?.aborted, false);
  client.abort("gone");
  assert.equal([seen[0]?.aborted, seen[0]?.reason], [true, "gone"]);
});

test("a client that has left already is known at once", () => {
  const { signal } = abortableRequest({ ...get, signal: AbortSignal.abort("gone") }, new AbortController());
  assert.equal([signal?.aborted, signal?.reason], [true, "gone"]);
});

test("withErrors around it makes a response of it", async () => {
  const lines: string[] = [];
  const { handler } = onDemand();
  const app = decorate(handler, withTimeout(0.01), withErrors({ log: (line) => lines.push(line) }));
  const { status, body } = (await app(get)) as Response;
  assert.equal([status, body], [503, "The server took too long to answer"]);
  assert.equal(lines, ["GET /: The server took too long to answer"]);
});

test("a form that never ends is a reason too", async () => {
  const body = new Readable({ read() {} });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const app = withTimeout(0.01)(POST("/", "Thank you"));
  assert.is((await failureOf(app({ method: "POST", uri: "/", headers, body }))).status, 503);
});

test("a promise of another make is waited for, whatever it throws", async () => {
  const thenable = { then: (_: unknown, failed: (error: unknown) => void) => failed(new Error("a fault")) };
  const handler = (() => thenable) as unknown as Handler;
  assert.is((await failureOf(withTimeout(600)(handler)(get))).message, "a fault");
});

test("a time that is none fails when the decorator is made", () => {
  for (const seconds of [0, -1, Number.NaN, Infinity, 2 ** 31 / 1000, "5", undefined, { seconds: 5 }]) {
    assert.throws(
      () => withTimeout(seconds as number),
      /^withTimeout: expected a positive number of seconds, at most 2147483, got /,
    );
  }
  withTimeout((2 ** 31 - 1) / 1000);
});

test.run();
