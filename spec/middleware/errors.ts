import { format, inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { errorResponse, type Log, logError, openResponse, withErrors } from "../../lib/middleware/errors.js";
import { type Handler, noted, type Request, type Response } from "../../lib/types.js";

const text = { "content-type": "text/plain; charset=utf-8" };

const asked = (method: string, allow: string[], declined = false): Request => ({
  method,
  uri: "/",
  headers: {},
  [noted]: { allow, declined },
});

const recorded = () => {
  const lines: [string, unknown][] = [];
  return { lines, log: (line: string, error: unknown) => lines.push([line, error]) };
};

const get: Request = { method: "GET", uri: "/a%20b", headers: {} };

test("a path that no route knows is not found", () => {
  const notFound = { status: 404, headers: text, body: "Not Found" };
  assert.equal(openResponse(asked("GET", [])), notFound);
  assert.equal(openResponse({ method: "GET", uri: "/", headers: {} }), notFound);
});

test("a path of other methods is 405 and tells them, HEAD with GET and OPTIONS always", () => {
  assert.equal(openResponse(asked("PUT", ["POST", "GET", "POST"])), {
    status: 405,
    headers: { ...text, allow: "POST, GET, HEAD, OPTIONS" },
    body: "Method Not Allowed",
  });
  assert.is(openResponse(asked("PUT", ["OPTIONS", "HEAD", "GET"])).headers.allow, "HEAD, GET, OPTIONS");
});

test("a route of this very method that declined makes it 404", () => {
  assert.is(openResponse(asked("GET", ["POST"], true)).status, 404);
});

test("OPTIONS is 204 with the methods, and 404 where there are none", () => {
  assert.equal(openResponse(asked("OPTIONS", ["GET"])), {
    status: 204,
    headers: { allow: "GET, HEAD, OPTIONS" },
    body: null,
  });
  assert.is(openResponse(asked("OPTIONS", [])).status, 404);
});

test("an error that may be shown is its status, message and headers", () => {
  const error = httpError(413, "Too much", { headers: { "retry-after": "5" } });
  assert.equal(errorResponse(error), {
    status: 413,
    headers: { ...text, "retry-after": "5" },
    body: "Too much",
  });
});

test("an error that is not meant for the client is 500, though it has a status, as one of an HTTP client has", () => {
  const lines: string[] = [];
  for (const expose of [undefined, false, "yes"]) {
    const error = Object.assign(new Error("secret"), { status: 404, expose, headers: { "x-secret": "1" } });
    assert.equal(errorResponse(error), { status: 500, headers: text, body: "Internal Server Error" });
    logError((line) => lines.push(line), error, { method: "GET", uri: "/", signal: undefined });
  }
  assert.is(lines.length, 3);
});

test("anything else is 500 without detail", () => {
  const bare = { status: 500, headers: text, body: "Internal Server Error" };
  const strange = [200, 399, 600, 404.5, "404", Number.NaN].map((status) => ({
    status,
    expose: true,
    message: "secret",
  }));
  for (const error of [new Error("secret"), "secret", null, undefined, 404, () => {}, ...strange]) {
    assert.equal(errorResponse(error), bare);
  }
});

test("errors of 500 and more are reported with their cause, the client's mistakes are not", () => {
  const { lines, log } = recorded();
  const failed = httpError(503, "The store failed", { cause: new Error("refused") });
  logError(log, failed, get);
  logError(log, "thrown text", get);
  logError(log, httpError(400, "Your fault"), get);
  assert.equal(lines, [
    ["GET /a%20b: The store failed", failed],
    ["GET /a%20b: thrown text", "thrown text"],
  ]);
});

test("that the client is gone is not reported, another error then is", () => {
  const { lines, log } = recorded();
  const signal = AbortSignal.abort();
  const reset = Object.assign(new Error("aborted"), { code: "ECONNRESET" });
  logError(log, signal.reason, { ...get, signal });
  logError(log, reset, { ...get, signal });
  assert.is(lines.length, 0);
  logError(log, new Error("a fault"), { ...get, signal });
  logError(log, reset, get);
  assert.is(lines.length, 2);
});

const answers = (handler: Handler): Handler => decorate(handler, withErrors({ log: () => {} }));

test("withErrors answers null, errors and rejections, and leaves responses alone", async () => {
  const ok: Response = { status: 200, headers: {}, body: "ok" };
  assert.is(answers(() => ok)(get), ok);
  assert.is(await answers(async () => ok)(get), ok);
  assert.is((answers(() => null)(get) as Response).status, 404);
  assert.is((await answers(async () => null)(get))?.status, 404);
  const thrown = answers(() => {
    throw httpError(400, "Bad");
  })(get) as Response;
  assert.is(thrown.body, "Bad");
  const rejected = await answers(async () => {
    throw new Error("secret");
  })(get);
  assert.is(rejected?.body, "Internal Server Error");
});

test("withErrors gives routes a place to note what they missed, unless there is one", () => {
  const noting: Handler = (request) => {
    request[noted]?.allow.push("POST");
    return null;
  };
  assert.is((answers(noting)(get) as Response).status, 405);
  const outer = asked("GET", []);
  answers(noting)(outer);
  assert.equal(outer[noted]?.allow, ["POST"]);
  assert.is((answers(noting)(get) as Response).headers.allow, "POST, OPTIONS");
});

test("withErrors reports once, and wants a function for it", () => {
  const { lines, log } = recorded();
  const fault = new Error("fault");
  const failing: Handler = () => {
    throw fault;
  };
  decorate(failing, withErrors({ log }), withErrors({ log }))(get);
  assert.equal(lines, [["GET /a%20b: fault", fault]]);
  assert.throws(
    () => withErrors({ log: true as never }),
    /withErrors: expected a function as "log", got true/,
  );
});

test("the console shows the line as it is, with its percent signs", () => {
  const { error } = console;
  const shown: unknown[][] = [];
  console.error = (...args: unknown[]) => shown.push(args);
  try {
    const failing = decorate(() => Promise.reject(new Error("fault")), withErrors());
    return (failing(get) as Promise<Response>)
      .then(() => {
        assert.equal(shown[0]?.slice(0, 2), ["%s", "GET /a%20b: fault"]);
      })
      .finally(() => {
        console.error = error;
      });
  } catch (thrown) {
    console.error = error;
    throw thrown;
  }
});

/** Values that throw, each in its way, when they are looked at. */
const hostile = (): unknown[] => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrower = () => {
    throw new Error("looked at");
  };
  return [
    Object.create(null),
    { toString: thrower },
    Object.defineProperty({}, "status", { get: thrower }),
    Object.defineProperty(new Error("x"), "message", { get: thrower }),
    new Proxy({}, { get: thrower }),
    proxy,
    { status: 400, expose: true, message: Object.create(null) },
    {
      status: 400,
      expose: true,
      message: "x",
      headers: Object.defineProperty({}, "a", { enumerable: true, get: thrower }),
    },
  ];
};

test("whatever is thrown is answered and reported, though it cannot be looked at", async () => {
  for (const thrown of hostile()) {
    const { lines, log } = recorded();
    const throwing = decorate(() => {
      throw thrown;
    }, withErrors({ log }));
    const rejecting = decorate(() => Promise.reject(thrown), withErrors({ log }));
    for (const answer of [throwing(get), await rejecting(get)]) {
      assert.equal(answer, { status: 500, headers: text, body: "Internal Server Error" });
    }
    assert.equal(
      lines.map(([line]) => line),
      Array(2).fill("GET /a%20b: [an error that cannot be shown]"),
    );
    assert.ok(lines.every(([, error]) => error === thrown));
  }
});

/** What is written to the console meanwhile. */
async function consoled(act: () => unknown): Promise<string[]> {
  const { error } = console;
  const shown: string[] = [];
  console.error = (...args: unknown[]) => shown.push(format(...args));
  try {
    await act();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    console.error = error;
  }
  return shown;
}

test("a log that fails is told of on the console, and the answer is the same", async () => {
  const logs: Log[] = [
    () => {
      throw new Error("disk full");
    },
    async () => {
      throw new Error("disk full");
    },
  ];
  for (const log of logs) {
    const failing = decorate(() => Promise.reject(new Error("fault")), withErrors({ log }));
    const shown = await consoled(async () => assert.is((await failing(get))?.status, 500));
    assert.equal(shown, ["GET /a%20b: fault (the log failed: disk full)"]);
  }
});

test("an error that the console itself cannot show is reported in a line", async () => {
  const unshown = Object.defineProperty(new Error("fault"), inspect.custom, {
    value: () => {
      throw new Error("looked at");
    },
  });
  const failing = decorate(() => Promise.reject(unshown), withErrors());
  const shown = await consoled(() => failing(get));
  assert.equal(shown, ["GET /a%20b: fault (the log failed: looked at)"]);
});

test.run();
