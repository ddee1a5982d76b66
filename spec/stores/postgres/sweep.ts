/** Records whose time is over are removed, by one process at a time, and nobody is hurt where that fails. */
import { mock } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PostgresPool, postgresStore } from "../../../lib/postgres.js";
import { statementsOf } from "../../../lib/stores/postgres/sql.js";
import { eventually } from "../../house/eventually.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

/** A pool that answers what it is told, and what is reported meanwhile. */
function faulty(answers: (Error | number)[]) {
  const reported: unknown[][] = [];
  const query = async () => {
    const answer = answers.shift() ?? 0;
    if (typeof answer !== "number") throw answer;
    return { rows: [], rowCount: answer };
  };
  const pool = { query: mock.fn(query), ending: false as boolean } satisfies PostgresPool;
  mock.method(console, "error", (...words: unknown[]) => words.length === 2 && reported.push(words));
  const tick = async (): Promise<void> => {
    mock.timers.tick(30_000);
    await wait(1);
  };
  return { pool, reported, tick, asked: () => pool.query.mock.callCount() };
}

test.before.each(() => mock.timers.enable({ apis: ["setInterval"] }));
test.after.each(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test("a failure is reported once, until it works again", async () => {
  const oops = new Error("oops");
  const { pool, reported, tick } = faulty([0, oops, oops, oops, 0, oops]);
  await postgresStore(pool).delete("a");
  for (let round = 0; round < 3; round++) await tick();
  assert.equal(reported, [["postgresStore: expired sessions could not be removed", oops]]);
  for (let round = 0; round < 2; round++) await tick();
  assert.is(reported.length, 2);
});

test("a store that is not used does not sweep; full batches follow one another", async () => {
  const { pool, tick, asked } = faulty([0, 1_000, 1_000, 999]);
  const store = postgresStore(pool);
  await tick();
  assert.is(asked(), 0);
  await store.delete("a");
  assert.is(asked(), 1);
  await tick();
  assert.is(asked(), 4);
  await tick();
  assert.is(asked(), 5);
});

test("a sweep that gets no answer is not joined by others", async () => {
  const { pool, tick, asked } = faulty([]);
  await postgresStore(pool).delete("a");
  pool.query.mock.mockImplementation(() => new Promise(() => {}));
  for (let round = 0; round < 3; round++) await tick();
  assert.is(asked(), 2);
});

test("where the pool is ended, sweeping ends in silence", async () => {
  const { pool, reported, tick, asked } = faulty([0, 1_000]);
  await postgresStore(pool).delete("a");
  pool.query.mock.mockImplementation(async () => {
    pool.ending = true;
    return { rows: [], rowCount: 1_000 };
  });
  for (let round = 0; round < 3; round++) await tick();
  assert.is(asked(), 2);
  assert.equal(reported, []);
});

if (hasPostgres) {
  const postgres = postgresOf(test, { max: 2 });
  let pools: Pool[];
  test.before(async () => {
    pools = [postgres.pool, postgres.another({ max: 2 })];
  });

  const query = async (text: string) => (await postgres.pool.query(text)).rows;
  const left = async (): Promise<string> => {
    const [{ ids }] = await query(
      "SELECT string_agg(DISTINCT left(id, 5), ' ') AS ids FROM composure_sessions",
    );
    return ids;
  };
  const fill = (name: string, count: number, expires: string) =>
    query(`INSERT INTO composure_sessions SELECT '${name} ' || n, '{}', 1, NULL, NULL, now(), now(), ${expires}
           FROM generate_series(1, ${count}) AS n`);

  const settled = (expected: string): Promise<void> => eventually(async () => (await left()) === expected);

  /** Does something while another connection holds a lock. */
  async function locked(lock: string, use: () => Promise<void>): Promise<void> {
    const client = await pools[1]!.connect();
    try {
      await client.query("BEGIN");
      await client.query(lock);
      await use();
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
  }

  test("two processes remove what is over, and nothing else", async () => {
    await fill("short", 3_500, "now() - interval '1 ms'");
    await fill("longer", 100, "now() + interval '1 hour'");
    await fill("always", 100, "'infinity'");
    for (const pool of pools) await postgresStore(pool).read("nobody");
    assert.is(await left(), "alway longe short");
    mock.timers.tick(30_000);
    await settled("alway longe");
    const [{ count }] = await query("SELECT count(*)::int AS count FROM composure_sessions");
    assert.is(count, 200);
  });

  test("a record that is locked is left for later, and nobody waits for it", async () => {
    await fill("short", 10, "now() - interval '1 ms'");
    await postgresStore(postgres.pool).read("nobody");
    const short = "SELECT string_agg(id, ', ') AS ids FROM composure_sessions WHERE id LIKE 'short%'";
    const ids = async (): Promise<string> => (await query(short))[0].ids;
    await locked("SELECT FROM composure_sessions WHERE id = 'short 1' FOR UPDATE", async () => {
      mock.timers.tick(30_000);
      await eventually(async () => (await ids()) === "short 1");
    });
    mock.timers.tick(30_000);
    await settled("alway longe");
  });

  test("while another process sweeps, this one does not", async () => {
    const answers: ReturnType<PostgresPool["query"]>[] = [];
    const watched: PostgresPool = {
      query(query) {
        const answer = postgres.pool.query(query);
        answers.push(answer);
        return answer;
      },
      get ending() {
        return postgres.pool.ending;
      },
    };
    await postgresStore(watched).read("nobody");
    await fill("short", 10, "now() - interval '1 ms'");
    const [, key] = /pg_try_advisory_xact_lock\((.+?)\)/.exec(
      statementsOf({ table: "composure_sessions" }).sweep,
    )!;
    await locked(`SELECT pg_advisory_xact_lock(${key})`, async () => {
      mock.timers.tick(30_000);
      // After what was read comes what the sweep asks, and its answer is that it has removed nothing.
      assert.is((await answers[1]!).rowCount, 0);
      assert.is(await left(), "alway longe short");
    });
    mock.timers.tick(30_000);
    await settled("alway longe");
  });
} else skipPostgres("sweeping PostgreSQL");

test.run();
