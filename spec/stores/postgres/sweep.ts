/** Records whose time is over are removed, by one process at a time, and nobody is hurt where that fails. */
import { mock } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PostgresPool, postgresStore } from "../../../lib/postgres.js";
import { hasPostgres, type Postgres, startPostgres } from "../../house/postgres.js";

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
  let server: Postgres;
  let pools: pg.Pool[];
  test.before(async () => {
    server = await startPostgres();
    pools = [1, 2].map(() => new pg.Pool({ connectionString: server.url, max: 2 }));
    await postgresStore(pools[0]!).migrate();
  });
  test.after(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server.remove();
  });

  const query = async (text: string) => (await pools[0]!.query(text)).rows;
  const left = async (): Promise<string> => {
    const [{ ids }] = await query(
      "SELECT string_agg(DISTINCT left(id, 5), ' ') AS ids FROM composure_sessions",
    );
    return ids;
  };
  const fill = (name: string, count: number, expires: string) =>
    query(`INSERT INTO composure_sessions SELECT '${name} ' || n, '{}', 1, NULL, NULL, now(), now(), ${expires}
           FROM generate_series(1, ${count}) AS n`);

  const settled = async (expected: string): Promise<void> => {
    for (let turn = 0; turn < 200 && (await left()) !== expected; turn++) await wait(10);
    assert.is(await left(), expected);
  };

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

  test("who does not get the turn, or meets a record that is locked, waits for nobody", async () => {
    await fill("short", 10, "now() - interval '1 ms'");
    await postgresStore(pools[0]!).read("nobody");
    const client = await pools[1]!.connect();
    await client.query("BEGIN");
    await client.query("SELECT FROM composure_sessions WHERE id = 'short 1' FOR UPDATE");
    mock.timers.tick(30_000);
    for (let turn = 0; turn < 200; turn++) {
      const [{ count }] = await query(
        "SELECT count(*)::int AS count FROM composure_sessions WHERE id LIKE 'short%'",
      );
      if (count === 1) break;
      await wait(10);
    }
    await client.query("ROLLBACK");
    client.release();
    mock.timers.tick(30_000);
    await settled("alway longe");
  });

  test("one sweeps at a time", async () => {
    await fill("short", 10, "now() - interval '1 ms'");
    const store = postgresStore(pools[0]!);
    const sweeps: string[] = [];
    await postgresStore({
      query(query) {
        sweeps.push(query.text);
        return pools[0]!.query(query);
      },
    }).read("nobody");
    mock.timers.tick(30_000);
    await settled("alway longe");
    await fill("short", 10, "now() - interval '1 ms'");
    const client = await pools[1]!.connect();
    await client.query("BEGIN");
    const [key] = /-?\d{10,}/.exec(sweeps[1]!)!;
    await client.query(`SELECT pg_advisory_xact_lock(${key})`);
    mock.timers.tick(30_000);
    await wait(200);
    assert.is(await left(), "alway longe short");
    await client.query("ROLLBACK");
    client.release();
    mock.timers.tick(30_000);
    await settled("alway longe");
    await store.delete("nobody");
  });
} else {
  console.log("skipped: sweeping PostgreSQL, as it is not installed");
}

test.run();
