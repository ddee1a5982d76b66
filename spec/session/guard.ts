import { mock } from "node:test";
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isReported } from "../../lib/log.js";
import { type GuardOptions, guard } from "../../lib/session/guard.js";

type Unavailable = Error & { status: number; cause: Error; headers: Record<string, string> };

/** A guard with a deadline of 20 ms and no pause between trials, and what it reports. */
function watched(options: Partial<GuardOptions> = {}) {
  const said: string[] = [];
  const reports = {
    failed: (line: string) => void said.push(line),
    recovered: (line: string) => void said.push(line),
  };
  return { said, ...guard({ deadline: 0.02, pause: 0, reports, ...options }) };
}

const failure = async (ask: () => unknown): Promise<Unavailable> => {
  try {
    await ask();
  } catch (error) {
    return error as Unavailable;
  }
  return assert.unreachable() as never;
};

const never = () => new Promise<never>(() => {});
const later = <T>(value: T) => wait(1).then(() => value);

/** A call that is answered when the spec says so. */
function gate() {
  let open: (value: unknown) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const answer = new Promise((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { open, fail, answer: () => answer };
}

test("an answer comes at once where the store answers at once, else later", async () => {
  const { ask, said } = watched();
  assert.is(
    ask("read", () => 5),
    5,
  );
  assert.is(await ask("read", async () => 6), 6);
  assert.equal(said, []);
});

test("a very long deadline is no short one", async () => {
  assert.is(await watched({ deadline: 3e9 }).ask("read", () => later(7)), 7);
});

test("a failure, thrown or promised, is a 503 with its cause and retry-after, and is reported already", async () => {
  const cause = new Error("no room");
  const failures = [
    () => {
      throw cause;
    },
    () => Promise.reject(cause),
  ];
  for (const fn of failures) {
    const { ask, said } = watched();
    const error = await failure(() => ask("read", fn));
    assert.equal(
      [error.status, error.cause, error.message, error.headers],
      [503, cause, "The session is not available right now", { "retry-after": "1" }],
    );
    assert.ok(isReported(error));
    assert.equal(said, ["read failed: no room"]);
  }
});

test("no answer within the deadline is 503, and gives up what was asked for", async () => {
  const { ask } = watched();
  let givenUp = 0;
  const error = await failure(() => ask("read", never, () => givenUp++));
  assert.match(error.cause.message, /^read did not answer within 0\.02 seconds$/);
  assert.is(givenUp, 1);
});

test("an answer in time gives nothing up", async () => {
  const { ask } = watched();
  let givenUp = 0;
  await ask(
    "read",
    () => later(1),
    () => givenUp++,
  );
  await wait(40);
  assert.is(givenUp, 0);
});

test("a store that did not answer is not asked again, but once in each pause", async () => {
  const { ask } = watched({ pause: 60_000 });
  let asked = 0;
  const hang = () => {
    asked += 1;
    return never();
  };
  const { cause } = await failure(() => ask("read", hang));
  await failure(() => ask("read", hang));
  assert.is(asked, 2, "the first call after the outage began is a trial");
  for (let i = 0; i < 1000; i++) {
    const error = await failure(() => ask("update", hang));
    assert.equal([error.status, error.headers["retry-after"]], [503, "1"]);
    assert.is(error.cause.message, cause.message);
  }
  assert.is(asked, 2);
});

test("what fails at once fails without waiting, also where a promise is the rule", () => {
  const { ask } = watched({ pause: 60_000, deadline: 0.001 });
  return failure(() => ask("read", never))
    .then(() => failure(() => ask("read", never)))
    .then(() => assert.throws(() => ask("read", never), /not available/));
});

test("a store whose client gives up after a while is not asked again either, but one that fails at once is", async () => {
  const { ask } = watched({ pause: 60_000, deadline: 10 });
  let [calls, now] = [0, 1_000];
  const clock = mock.method(performance, "now", () => now);
  const failing = async (ms: number): Promise<never> => {
    calls += 1;
    await setImmediate();
    now += ms;
    throw new Error("oops");
  };
  for (const ms of [0, 249, 250, 0, 0]) {
    const error = await failure(() => ask("read", () => failing(ms)));
    assert.is(error.status, 503);
  }
  clock.mock.restore();
  // The one after the slow one is its trial.
  assert.is(calls, 4);
});

test("a trial goes each pause, and a store that answers it is up for all", async () => {
  const { ask, said } = watched({ pause: 30 });
  await failure(() => ask("read", never));
  await failure(() => ask("read", never));
  await wait(40);
  assert.is(await ask("read", () => later(1)), 1);
  assert.is(await ask("update", () => later(2)), 2);
  assert.is(await ask("read", () => later(3)), 3);
  assert.is(said.at(-1), "read answers again");
});

test("an answer that comes late tells that the store is up", async () => {
  const { ask, said } = watched({ pause: 60_000 });
  const { answer, open } = gate();
  await failure(() => ask("read", answer));
  await failure(() => ask("read", never));
  await failure(() => ask("read", () => 1));
  open("late");
  await wait(1);
  assert.is(
    ask("read", () => 1),
    1,
  );
  assert.is(said.at(-1), "read answers again");
});

test("a failure that comes late tells nothing, and harms nobody", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const { ask, said } = watched({ pause: 60_000 });
  const { answer, fail } = gate();
  await failure(() => ask("read", answer));
  await failure(() => ask("read", never));
  const before = said.length;
  fail(new Error("late"));
  await wait(5);
  await failure(() => ask("read", () => 1));
  process.off("unhandledRejection", note);
  assert.equal([unhandled, said.length], [[], before + 1]);
});

test("one call that hangs while others are answered does not shut them out", async () => {
  const { ask } = watched({ pause: 60_000 });
  const slow = failure(() => ask("update", never));
  for (let i = 0; i < 3; i++) await ask("read", () => later(i));
  await slow;
  const next = failure(() => ask("update", never));
  assert.is(
    ask("read", () => 1),
    1,
  );
  await next;
});

test("failures that come quickly shut nobody out", async () => {
  const { ask } = watched({ pause: 60_000 });
  for (let i = 0; i < 5; i++) await failure(() => ask("update", () => Promise.reject(new Error("full"))));
  assert.is(
    ask("update", () => 1),
    1,
  );
});

test("a call that failed is well again when it answers, and not when another one does", async () => {
  const { ask, said } = watched();
  await failure(() => ask("update", () => Promise.reject(new Error("read-only"))));
  await ask("read", () => later(1));
  assert.equal(said, ["update failed: read-only"]);
  await ask("update", () => later(true));
  assert.equal(said, ["update failed: read-only", "update answers again"]);
});

test("what must not be left half done is asked for also while the store is down", async () => {
  const { ask, insist } = watched({ pause: 60_000 });
  await failure(() => ask("create", never));
  await failure(() => ask("create", never));
  await failure(() => ask("update", () => 1));
  assert.is(
    insist("update", () => 2),
    2,
  );
  assert.is(
    ask("update", () => 3),
    3,
  );
});

test("a promise of another making that throws when it is waited for is a failure, not an outage", async () => {
  const { ask } = watched({ pause: 60_000 });
  const strange = {
    get then() {
      return () => {
        throw new Error("strange");
      };
    },
  };
  assert.is((await failure(() => ask("read", () => strange))).cause.message, "strange");
  await wait(40);
  assert.is(
    ask("read", () => 1),
    1,
  );
});

test.run();
