/** A session that moves to another id, while each call to its store fails in each way. */
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { guard } from "../../lib/session/guard.js";
import type { Kept } from "../../lib/session/keeper.js";
import { isMoved } from "../../lib/session/mark.js";
import { storedSessions } from "../../lib/session/stored.js";
import { memoryStore } from "../../lib/stores/memory.js";
import type { SessionRecord, SessionStore } from "../../lib/types.js";

const keeperOf = (store: SessionStore) =>
  storedSessions({
    store,
    guard: guard({ deadline: 0.02, reports: { failed() {}, recovered() {} } }),
    expires: undefined,
    lifetime: undefined,
    subject: ({ user }) => user as string | undefined,
  });
const kept: Kept = { session: { user: "ada" }, created: Date.now(), renewed: Date.now() };
const move = (next: Kept) => ({ next, moves: true });

const late = 40;
const lost = () => Promise.reject(new Error("connection lost"));
const never = () => new Promise<never>(() => {});

/** What may become of a call. */
const faults: { readonly [fault: string]: (call: () => unknown) => Promise<unknown> } = {
  "fails before it is carried out": lost,
  "fails when it was carried out": async (call) => {
    await call();
    return lost();
  },
  "is never answered": never,
  "is carried out and never answered": async (call) => {
    await call();
    return never();
  },
  "is carried out when nobody waits any more": async (call) => {
    await wait(late);
    return call();
  },
  "is answered when nobody waits any more": async (call) => {
    const answer = await call();
    await wait(late);
    return answer;
  },
  "is carried out when nobody waits any more, and fails": async (call) => {
    await wait(late);
    await call();
    return lost();
  },
};

/** A memory store, of whose calls one goes wrong. */
function faultyStore(nth: number, fault: (call: () => unknown) => Promise<unknown>) {
  const inner = memoryStore();
  let calls = 0;
  const wrap =
    <Args extends readonly unknown[], Answer>(fn: (...args: Args) => Answer) =>
    async (...args: Args): Promise<Awaited<Answer>> =>
      (++calls === nth ? await fault(() => fn(...args)) : await fn(...args)) as Awaited<Answer>;
  const { read, create, update, delete: remove } = inner;
  const store = { read, create: wrap(create), update: wrap(update), delete: wrap(remove) };
  return { inner, store };
}

const names = ["the mark", "the new record", "the question whether the mark stands", "the deleting"];

for (const [index, what] of names.entries()) {
  test(`whatever goes wrong with ${what}, there is one session, and the browser has its cookie`, async () => {
    const tries = Object.entries(faults).map(async ([fault, goesWrong]) => {
      const { inner, store } = faultyStore(index + 1, goesWrong);
      const begun = (await keeperOf(inner).begin(kept)) as { cookie: string };
      const found = (await keeperOf(inner).find(begun.cookie))!;
      const keeper = keeperOf(store);
      const outcome = await Promise.resolve()
        .then(() => keeper.change(found, move))
        .catch(() => begun);
      await wait(4 * late);
      const { cookie } = outcome as { cookie: string };
      assert.equal((await keeperOf(inner).find(cookie))?.kept.session, { user: "ada" }, fault);
      assert.is(inner.size, 1, fault);
    });
    await Promise.all(tries);
  });
}

test("a session that has ended does not come back where the store failed in its move", async () => {
  const inner = memoryStore();
  const { cookie } = (await keeperOf(inner).begin(kept)) as { cookie: string };
  const found = (await keeperOf(inner).find(cookie))!;
  const create = async (...args: Parameters<SessionStore["create"]>) => {
    await inner.create(...args);
    await inner.deleteAllOf("ada");
    return lost();
  };
  await Promise.resolve(keeperOf({ ...inner, create }).change(found, move)).catch(() => {});
  assert.is(inner.size, 0);
});

test("where a logout wins, the new record is deleted in a second try, and what fails twice is no error", async () => {
  for (const failures of [1, 2]) {
    const inner = memoryStore();
    const { cookie } = (await keeperOf(inner).begin(kept)) as { cookie: string };
    const found = (await keeperOf(inner).find(cookie))!;
    const create = async (...args: Parameters<SessionStore["create"]>) => {
      await keeperOf(inner).end(cookie);
      return inner.create(...args);
    };
    let tries = 0;
    const remove = (id: string) => (++tries <= failures ? lost() : inner.delete(id));
    const keeper = keeperOf({ ...inner, create, delete: remove });
    assert.is(await keeper.change(found, move), "refused");
    assert.equal([tries, inner.size], [2, failures - 1]);
  }
});

test("a move that fails does not take off the mark of another one", async () => {
  const inner = memoryStore();
  const { cookie } = (await keeperOf(inner).begin(kept)) as { cookie: string };
  const found = (await keeperOf(inner).find(cookie))!;
  const records: SessionRecord[] = [];
  const other: SessionRecord = { moved: "by another", before: kept };
  let first = true;
  const update: SessionStore["update"] = async (id, change, keep) => {
    if (!first) return inner.update(id, (record) => records[records.push(change(record)) - 1]!, keep);
    first = false;
    change(kept);
    await inner.update(id, () => other, keep);
    return lost();
  };
  await Promise.resolve(keeperOf({ ...inner, update }).change(found, move)).catch(() => {});
  await wait(5);
  assert.is(records.length, 1);
  assert.ok(isMoved(records[0]!));
  assert.equal(records[0], other);
});

test.run();
