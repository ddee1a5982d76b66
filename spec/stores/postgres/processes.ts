/** Several processes on one PostgreSQL; that they lose nothing of each other's is in spec/faults/processes.ts. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { times } from "../../house/counting.js";
import { eventually } from "../../house/eventually.js";
import { lib, printedBy } from "../../house/module.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

if (hasPostgres) {
  const postgres = postgresOf(test, { max: 4 });

  /** Signs the session over and over until it is gone; prints whether none of that came after. */
  const writer = (): string => `
    import pg from "pg";
    import { postgresStore } from ${lib("postgres")};
    const pool = new pg.Pool({ connectionString: ${JSON.stringify(postgres.url)}, max: 4 });
    const store = postgresStore(pool);
    const sign = (record) => ({ ...record, [process.pid]: true });
    while (await store.update("deleted", sign, { subject: "ada" }));
    const late = Array.from({ length: 50 }, () => store.update("deleted", sign, { subject: "ada" }));
    process.stdout.write(String(!(await Promise.all(late)).includes(true)));
    await pool.end();`;

  test("what is deleted while others write never comes back", async () => {
    const { store } = postgres;
    await store.create("deleted", {}, { subject: "ada" });
    const writing = Promise.all(times(4, () => printedBy(writer())));
    const isSigned = async () => Object.keys((await store.read("deleted"))!).length === 4;
    try {
      await Promise.race([writing, eventually(isSigned)]);
    } finally {
      // Ends the writers too.
      await store.delete("deleted");
    }
    assert.is(await store.read("deleted"), null);
    assert.equal(await writing, ["true", "true", "true", "true"]);
    assert.is(await store.read("deleted"), null);
    assert.equal(await store.sessionsOf("ada"), []);
  });
} else skipPostgres("several processes on PostgreSQL");

test.run();
