/** Errors are reported once, to a log that may fail itself. */
import { format, inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { httpError } from "../lib/errors.js";
import { type Log, logError, logToConsole } from "../lib/log.js";
import type { Request } from "../lib/types.js";

const recorded = () => {
  const lines: [string, unknown][] = [];
  return { lines, log: (line: string, error: unknown) => lines.push([line, error]) };
};

const get: Request = { method: "GET", uri: "/a%20b", headers: {} };

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

test("an error that is not meant for the client is reported, though it has a status below 500", () => {
  const { lines, log } = recorded();
  logError(log, Object.assign(new Error("secret"), { status: 404 }), get);
  assert.is(lines.length, 1);
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

test("the console shows the line as it is, with its percent signs", async () => {
  const shown = await consoled(() => logError(logToConsole, "fault", get));
  assert.equal(shown, ["GET /a%20b: fault fault"]);
});

test("a log that fails is told of on the console", async () => {
  const logs: Log[] = [
    () => {
      throw new Error("disk full");
    },
    async () => {
      throw new Error("disk full");
    },
  ];
  for (const log of logs) {
    const shown = await consoled(() => logError(log, new Error("fault"), get));
    assert.equal(shown, ["GET /a%20b: fault (the log failed: disk full)"]);
  }
});

test("an error that the console itself cannot show is reported in a line", async () => {
  const unshown = Object.defineProperty(new Error("fault"), inspect.custom, {
    value: () => {
      throw new Error("looked at");
    },
  });
  const shown = await consoled(() => logError(logToConsole, unshown, get));
  assert.equal(shown, ["GET /a%20b: fault (the log failed: looked at)"]);
});

test.run();
