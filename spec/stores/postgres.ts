/** The store on a real PostgreSQL: the contract, what it asks, the table that it makes, whose sessions there are. */
import type { CustomTypesConfig } from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PostgresPool, postgresStore } from "../../lib/postgres.js";
import { storeContract } from "../../lib/testing/contract.js";
import type { SessionRecord } from "../../lib/types.js";
import { increment } from "../house/counting.js";
import { outcomeOf } from "../house/outcome.js";
import { hasPostgres, skipPostgres } from "../house/postgres.js";
import { postgresOf } from "../house/postgres-database.js";

const ada = { name: "Ada" };

test("a pool is needed, and options of the right names", () => {
  const pool = { query: async () => ({ rows: [], rowCount: 0 }) };
  const make = (pool: unknown, options?: unknown) => () =>
    postgresStore(pool as PostgresPool, options as Record<never, never>);
  assert.throws(
    make("postgres://localhost"),
    /^postgresStore: expected a pool of the package pg, got "postgres:/,
  );
  assert.throws(make(undefined), /got undefined\. For example new Pool\(/);
  assert.throws(make(pool, { tabel: "a" }), /expected options among table, schema, unlogged, got "tabel"/);
  assert.throws(make(pool, { unlogged: "yes" }), /expected true or false as "unlogged", got "yes"/);
  assert.throws(make(pool, { table: "" }), /expected a name of 1 to 55 bytes as "table", got ""/);
  assert.throws(make(pool, { table: "ä".repeat(28) }), /as "table"/);
  assert.throws(make(pool, { schema: "a\0b" }), /as "schema"/);
  assert.throws(make(pool, { schema: "\ud800" }), /as "schema"/);
  assert.ok(make(pool, { table: "ä".repeat(27), schema: undefined })());
});

if (hasPostgres) {
  const postgres = postgresOf(test, { max: 10 });

  const query = async (text: string, values: unknown[] = []) =>
    (await postgres.pool.query(text, values)).rows;

  /** The pool, and the texts of what it is asked. */
  const watched = () => {
    const asked: string[] = [];
    const watching: PostgresPool = {
      query(query) {
        asked.push(query.text.split(" ")[0]!);
        return postgres.pool.query(query);
      },
      get ending() {
        return postgres.pool.ending;
      },
    };
    return { asked, pool: watching };
  };

  // The database's clock is the system's; so what is in the table goes back, in place of the clock that goes on.
  const back = ["created", "seen", "expires"].map((time) => `${time} = ${time} - make_interval(secs => $1)`);
  const later = (seconds: number) => query(`UPDATE composure_sessions SET ${back}`, [seconds]);
  for (const { name, check } of storeContract(() => postgresStore(postgres.pool), { shared: true, later }))
    test(`as the contract of stores says, ${name}`, check);

  test("each call asks once, and a change of what was read once more", async () => {
    const { asked, pool } = watched();
    const store = postgresStore(pool);
    await store.create("trips", { count: 0 }, { subject: "trips", ttl: 60 });
    const held = (await store.read("trips"))!;
    await store.update("trips", increment, { held, subject: "trips", ttl: 60 });
    await store.touch!("trips", { subject: "trips", ttl: 60 });
    await store.sessionsOf("trips");
    await store.delete("trips");
    assert.equal(asked, ["INSERT", "SELECT", "UPDATE", "UPDATE", "SELECT", "DELETE"]);
  });

  test("a thousand changes at once take few writes", async () => {
    const { asked, pool } = watched();
    const store = postgresStore(pool);
    await store.create("thousand", { count: 0 }, {});
    await Promise.all(Array.from({ length: 1_000 }, () => store.update("thousand", increment, {})));
    assert.equal(await store.read("thousand"), { count: 1_000 });
    assert.ok(asked.length <= 5, `asked: ${asked}`);
  });

  test("a change that came too late runs again on what it lost against", async () => {
    const [one, other] = [postgresStore(postgres.pool), postgresStore(postgres.pool)];
    await one.create("late", { count: 0 }, {});
    const held = (await one.read("late"))!;
    await other.update("late", increment, {});
    assert.is(await one.update("late", increment, { held }), true);
    assert.equal(await one.read("late"), { count: 2 });
  });

  test("a record created again takes the place of the one before, and nothing held of that one fits it", async () => {
    const { store } = postgres;
    await store.create("again", { count: 1 }, { subject: "before", ttl: 60 });
    const held = (await store.read("again"))!;
    await store.create("again", { count: 10 }, {});
    assert.is(await store.update("again", increment, { held }), true);
    assert.equal(await store.read("again"), { count: 11 });
    assert.equal(await store.sessionsOf("before"), []);
  });

  test("a record that JSON cannot hold is refused", async () => {
    const record = { answer: () => 42 } as unknown as SessionRecord;
    const told = await outcomeOf(postgres.store.create("bad", record, {}));
    assert.match(told, /^TypeError: postgresStore: expected .* at "answer"/);
  });

  test("times may be longer than PostgreSQL can count", async () => {
    const { store } = postgres;
    for (const ttl of [0.5, 1e9, 1e11, 1e12, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      await store.create("time", ada, { ttl });
      await store.update("time", increment, { ttl });
      await store.touch!("time", { ttl });
      assert.ok(await store.read("time"), `${ttl} seconds`);
    }
    const [{ years }] = await query(
      `UPDATE composure_sessions SET expires = now() + make_interval(secs => 1e11) WHERE id = 'time'
       RETURNING extract(year FROM expires)::int AS years`,
    );
    assert.ok(years > 5_000);
  });

  test("reading locks nothing and waits for nobody", async () => {
    const { store } = postgres;
    await store.create("locked", ada, {});
    const client = await postgres.pool.connect();
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM composure_sessions WHERE id = 'locked' FOR UPDATE");
    assert.equal(await store.read("locked"), ada);
    await client.query("ROLLBACK");
    client.release();
  });

  test("how the user has values parsed makes no difference", async () => {
    const text = 25;
    const getTypeParser = (oid: number) => (oid === text ? String : () => "surprise");
    const types = { getTypeParser } as unknown as CustomTypesConfig;
    const strange: PostgresPool = {
      query: (query) => postgres.pool.query({ ...query, types }),
      get ending() {
        return postgres.pool.ending;
      },
    };
    const store = postgresStore(strange);
    await store.create("types", ada, { subject: "types" });
    assert.equal(await store.read("types"), ada);
    assert.is((await store.sessionsOf("types")).length, 1);
  });
} else skipPostgres("sessions in PostgreSQL");

test.run();
