/** Statements are prepared, run again where they lost a race, and otherwise asked once. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { asking, type PostgresPool } from "../../../lib/stores/postgres/ask.js";
import { outcomeOf } from "../../house/outcome.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

const failing = (code: string): Error => Object.assign(new Error(`error ${code}`), { code });

/** A pool that fails as it is told, one query after the other, and then works. */
function faulty(...codes: string[]) {
  const asked: (string | undefined)[] = [];
  const pool: PostgresPool = {
    async query({ name }) {
      asked.push(name === undefined ? "text" : "prepared");
      const code = codes.shift();
      if (code !== undefined) throw failing(code);
      return { rows: [], rowCount: 1 };
    },
  };
  return { asked, ask: asking(pool, '"t"')("SELECT 1") };
}

test("a lost race is run again, for a while", async () => {
  const { ask, asked } = faulty("40001", "40P01");
  assert.is((await ask()).rowCount, 1);
  assert.is(asked.length, 3);
  const hopeless = faulty(...Array(100).fill("40001"));
  assert.match(await outcomeOf(hopeless.ask()), "error 40001");
  assert.is(hopeless.asked.length, 20);
});

test("after any other error nothing is asked again", async () => {
  for (const code of ["57P01", "08006", "25006", "53300", "57014", "ECONNRESET", "XX000"]) {
    const { ask, asked } = faulty(code);
    assert.match(await outcomeOf(ask()), `error ${code}`);
    assert.equal(asked, ["prepared"]);
  }
});

test("where statements do not stay prepared, they are asked as text from then on", async () => {
  for (const code of ["26000", "42P05"]) {
    const { ask, asked } = faulty(code);
    await ask();
    await ask();
    assert.equal(asked, ["prepared", "text", "text"]);
  }
  const strange = faulty("26000", "26000");
  assert.match(await outcomeOf(strange.ask()), "error 26000");
});

if (hasPostgres) {
  const postgres = postgresOf(test);

  test("a pooler that gives us connections on which others have prepared is survived", async () => {
    const pool = postgres.another({ max: 1 });
    const prepared = async () =>
      (await pool.query("SELECT name, statement FROM pg_prepared_statements")).rows;
    const ask = asking(pool, '"t"')("SELECT $1::text AS said");
    assert.equal((await ask("one")).rows, [{ said: "one" }]);
    const [{ name }] = await prepared();
    await pool.query("DEALLOCATE ALL");
    assert.equal((await ask("two")).rows, [{ said: "two" }]);
    assert.equal(await prepared(), []);

    const other = asking(pool, '"t"')("SELECT $1::text AS other");
    await other("three");
    const [{ name: others, statement }] = await prepared();
    assert.is.not(others, name);
    const fresh = postgres.another({ max: 1 });
    await fresh.query(`PREPARE ${others} AS ${statement}`);
    const again = asking(fresh, '"t"')("SELECT $1::text AS other");
    assert.equal((await again("four")).rows, [{ other: "four" }]);
    assert.equal((await again("five")).rows, [{ other: "five" }]);
  });
} else skipPostgres("statements that do not stay prepared");

test.run();
