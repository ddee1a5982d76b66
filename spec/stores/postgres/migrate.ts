/** The table that the store makes, whatever it is called, and however many make it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { postgresStore } from "../../../lib/postgres.js";
import { times } from "../../house/counting.js";
import { failureOf, outcomeOf } from "../../house/outcome.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

if (hasPostgres) {
  const postgres = postgresOf(test);

  const tables = async (name: string) => {
    const text = "SELECT relname, relpersistence AS kind FROM pg_class WHERE relname = $1 AND relkind = 'r'";
    return (await postgres.pool.query(text, [name])).rows;
  };

  test("without its table, each call says what to do", async () => {
    const store = postgresStore(postgres.pool, { table: "missing" });
    const expected =
      'Error: postgresStore: there is no table "missing". Call await store.migrate() before, once';
    const calls = [store.read("a"), store.create("a", {}, {}), store.delete("a"), store.sessionsOf("a")];
    assert.equal(await Promise.all(calls.map(outcomeOf)), Array(4).fill(expected));
    assert.is((await failureOf(() => store.read("a"))).cause.code, "42P01");
  });

  test("eight make the table at once, and none fails", async () => {
    for (const isolation of ["read\\ committed", "serializable"]) {
      const options = `-c default_transaction_isolation=${isolation}`;
      const pools = times(8, () => postgres.another({ options, max: 1 }));
      await Promise.all(pools.map((pool) => pool.query("SELECT 1")));
      for (let round = 0; round < 5; round++) {
        const table = `at once ${isolation.length} ${round}`;
        const made = await Promise.allSettled(pools.map((pool) => postgresStore(pool, { table }).migrate()));
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
        if (schema) await postgres.pool.query(`CREATE SCHEMA "${schema.replaceAll('"', '""')}"`);
        const store = postgresStore(postgres.pool, { table: name, schema });
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
    await postgresStore(postgres.pool, { table }).migrate();
    const { rows } = await postgres.pool.query(
      "SELECT indexname FROM pg_indexes WHERE tablename = $1 ORDER BY 1",
      [table],
    );
    assert.equal(
      rows.map(({ indexname }) => indexname),
      [`${table}_expires`, `${table}_pkey`, `${table}_subject`],
    );
  });

  test("a schema is not made", async () => {
    const store = postgresStore(postgres.pool, { schema: "nowhere" });
    assert.match(await outcomeOf(store.migrate()), /schema "nowhere" does not exist/);
  });

  test("a table is unlogged where that was asked for when it was made; one that is there is left as it is", async () => {
    await postgresStore(postgres.pool, { table: "fast", unlogged: true }).migrate();
    await postgresStore(postgres.pool, { table: "fast" }).migrate();
    assert.equal(await tables("fast"), [{ relname: "fast", kind: "u" }]);
    await postgresStore(postgres.pool, { table: "sure" }).migrate();
    await postgresStore(postgres.pool, { table: "sure", unlogged: true }).migrate();
    assert.equal(await tables("sure"), [{ relname: "sure", kind: "p" }]);
  });

  test("where the table is, migrating needs no right to make one", async () => {
    await postgresStore(postgres.pool, { table: "granted" }).migrate();
    await postgres.pool.query(
      `CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON granted TO app`,
    );
    const app = postgres.another({ connectionString: postgres.url.replace("postgres@", "app@") });
    const store = postgresStore(app, { table: "granted" });
    await store.migrate();
    await store.create("id", { is: "there" }, {});
    assert.equal(await store.read("id"), { is: "there" });
    assert.match(await outcomeOf(postgresStore(app, { table: "other" }).migrate()), /permission denied/);
  });
} else skipPostgres("the table on PostgreSQL");

test.run();
