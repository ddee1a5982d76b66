import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryStore } from "../../lib/index.js";
import { postgresStore } from "../../lib/postgres.js";
import { redisStore } from "../../lib/redis.js";
import { sqliteStore } from "../../lib/sqlite.js";
import type { SubjectStore } from "../../lib/types.js";
import { hasSqlite } from "../house/sqlite.js";

const unasked = (): never => {
  throw new Error("nothing may be asked");
};

const stores: { readonly [name: string]: SubjectStore } = {
  memoryStore: memoryStore(),
  postgresStore: postgresStore({ query: unasked }),
  redisStore: redisStore({ evalSha: unasked, eval: unasked, del: unasked, exists: unasked } as never),
  ...(hasSqlite && { sqliteStore: sqliteStore(":memory:") }),
};

const messageOf = (call: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(call)
    .then(
      () => "no error",
      (error) => String(error),
    );

for (const [name, store] of Object.entries(stores)) {
  test(`${name} is asked for the sessions of a text, and refuses all else as a stranger's`, async () => {
    for (const [subject, got] of [
      [undefined, "undefined"],
      [null, "null"],
      [42, "42"],
      [{ user: "ada" }, "an object with user"],
      [["ada"], "an array of 1"],
    ] as const) {
      const expected = `TypeError: ${name}: expected a subject that is text, got ${got}. Ask only for somebody who is signed in`;
      assert.is(await messageOf(() => store.sessionsOf(subject as never)), expected);
      assert.is(await messageOf(() => store.deleteAllOf(subject as never)), expected);
    }
  });
}

test.run();
