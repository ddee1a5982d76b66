/** The table that the store makes, whatever it is called, and however many make it. */
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { postgresStore } from "../../../lib/postgres.js";
import { hasPostgres, type Postgres, startPostgres } from "../../house/postgres.js";

if (hasPostgres) {
  let server: Postgres;
  let pool: pg.Pool;
  test.before(async () => {
    server = await startPostgres();
    pool = new pg.Pool({ connectionString: server.url, max: 8 });
  });
  test.after(async () => {
    await pool.end();
    await server.remove();
  });

  const fault = (call: unknown): Promise<string> => Promise.resolve(call).then(String, String);
  const tables = async (name: string) => {
    const text = "SELECT relname, relpersistence AS kind FROM pg_class WHERE relname = $1 AND relkind = 'r'";
    return (await pool.query(text, [name])).rows;
  };

  test("without its table, each call says what to do", async () => {
    const store = postgresStore(pool, { table: "missing" });
    const expected =
      'Error: postgresStore: there is no table "missing". Call await store.migrate() before, once';
    const calls = [store.read("a"), store.create("a", {}, {}), store.delete("a"), store.sessionsOf("a")];
    assert.equal(await Promise.all(calls.map(fault)), Array(4).fill(expected));
    const { cause } = await Promise.resolve(store.read("a")).then(Object, (error) => error);
    assert.is(cause.code, "42P01");
  });

  test("eight make the table at once, and none fails", async () => {
    for (const isolation of ["read\\ committed", "serializable"]) {
      for (let round = 0; round < 5; round++) {
        const table = `at once ${isolation.length} ${round}`;
        const options = `-c default_transaction_isolation=${isolation}`;
        const pools = Array.from(
          { length: 8 },
          () => new pg.Pool({ connectionString: server.url, options, max: 1 }),
        );
        await Promise.all(pools.map((pool) => pool.query("SELECT 1")));
        const made = await Promise.allSettled(pools.map((pool) => postgresStore(pool, { table }).migrate()));
        await Promise.all(pools.map((pool) => pool.end()));
        assert.equal(
          made.filter(({ status }) => status === "rejected"),
          [],
        );
        assert.is((await tables(table)).length, 1);
      }
    }
  });

  test("names are names, whatever is in them", async () => {
    const names = [
      'we"ird',
      "Select",
      "a.b",
      "x'; DROP TABLE y; --",
      "$1 $$ $do$",
      "%s\\",
      "ä ö",
      " ",
      "x".repeat(54),
      "__proto__",
    ];
    for (const [index, name] of names.entries()) {
      for (const schema of [undefined, `schema ${name}`.slice(0, 54)]) {
        if (schema) await pool.query(`CREATE SCHEMA "${schema.replaceAll('"', '""')}"`);
        const store = postgresStore(pool, { table: name, schema });
        await store.migrate();
        await store.migrate();
        await store.create("id", { index, schema: schema ?? null }, { subject: "ada" });
        await store.update("id", (record) => ({ ...record, updated: true }), { subject: "ada" });
        await store.touch!("id", {});
        assert.equal(await store.read("id"), { index, schema: schema ?? null, updated: true });
        assert.is((await store.sessionsOf("ada")).length, 1);
        if (index % 2) await store.deleteAllOf("ada");
        else await store.delete("id");
        assert.is(await store.read("id"), null);
      }
      assert.is((await tables(name)).length, 2);
    }
  });

  test("the longest name leaves room for its indexes", async () => {
    const table = "y".repeat(54);
    await postgresStore(pool, { table }).migrate();
    const { rows } = await pool.query("SELECT indexname FROM pg_indexes WHERE tablename = $1 ORDER BY 1", [
      table,
    ]);
    assert.equal(
      rows.map(({ indexname }) => indexname),
      [`${table}_expires`, `${table}_pkey`, `${table}_subject`],
    );
  });

  test("a schema is not made", async () => {
    const store = postgresStore(pool, { schema: "nowhere" });
    assert.match(await fault(store.migrate()), /schema "nowhere" does not exist/);
  });

  test("a table is unlogged where that was asked for when it was made; one that is there is left as it is", async () => {
    await postgresStore(pool, { table: "fast", unlogged: true }).migrate();
    await postgresStore(pool, { table: "fast" }).migrate();
    assert.equal(await tables("fast"), [{ relname: "fast", kind: "u" }]);
    await postgresStore(pool, { table: "sure" }).migrate();
    await postgresStore(pool, { table: "sure", unlogged: true }).migrate();
    assert.equal(await tables("sure"), [{ relname: "sure", kind: "p" }]);
  });

  test("where the table is, migrating needs no right to make one", async () => {
    await postgresStore(pool, { table: "granted" }).migrate();
    await pool.query(`CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON granted TO app`);
    const app = new pg.Pool({ connectionString: server.url.replace("postgres@", "app@") });
    const store = postgresStore(app, { table: "granted" });
    await store.migrate();
    await store.create("id", { is: "there" }, {});
    assert.equal(await store.read("id"), { is: "there" });
    assert.match(await fault(postgresStore(app, { table: "other" }).migrate()), /permission denied/);
    await app.end();
  });
} else {
  console.log("skipped: the table on PostgreSQL, as it is not installed");
}

test.run();
