/** Several processes on one PostgreSQL: nothing is lost, nothing comes back, nothing is seen twice. */
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../../lib/decorate.js";
import { withSession } from "../../../lib/middleware/session.js";
import { type PostgresStore, postgresStore } from "../../../lib/postgres.js";
import { GET } from "../../../lib/routes.js";
import { flashAssoc } from "../../../lib/updates.js";
import { run } from "../../house/child.js";
import { hasPostgres, type Postgres, startPostgres } from "../../house/postgres.js";

if (hasPostgres) {
  let server: Postgres;
  let pool: pg.Pool;
  let store: PostgresStore;
  test.before(async () => {
    server = await startPostgres();
    pool = new pg.Pool({ connectionString: server.url, max: 4 });
    store = postgresStore(pool);
    await store.migrate();
  });
  test.after(async () => {
    await pool.end();
    await server.remove();
  });

  const lib = (module: string): string => new URL(`../../../lib/${module}.js`, import.meta.url).href;

  /** What a process of its own prints that has a store, and four connections. */
  async function printed(code: string): Promise<string> {
    const program = `
      import pg from "pg";
      import { postgresStore } from ${JSON.stringify(lib("postgres"))};
      const pool = new pg.Pool({ connectionString: ${JSON.stringify(server.url)}, max: 4 });
      const store = postgresStore(pool);
      const increment = (record) => ({ ...record, count: record.count + 1 });
      const times = (count, work) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));
      ${code}
      await pool.end();`;
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: ".",
    });
    assert.is(stderr, "");
    return stdout;
  }
  const inFour = (code: string): Promise<string[]> => Promise.all([1, 2, 3, 4].map(() => printed(code)));

  test("four processes count one session to two thousand", async () => {
    await store.create("count", { count: 0 }, {});
    // Two stores a process: what one would fold is written apart.
    const answers = await inFour(`
      const stores = [store, postgresStore(pool)];
      const done = await times(500, (index) => stores[index % 2].update("count", increment, {}));
      process.stdout.write(String(done.filter(Boolean).length));`);
    assert.equal(answers, ["500", "500", "500", "500"]);
    assert.equal(await store.read("count"), { count: 2_000 });
  });

  test("what is deleted while others write never comes back", async () => {
    await store.create("deleted", { count: 0 }, { subject: "ada" });
    const writing = inFour(`
      let wrote = 0;
      while (await store.update("deleted", increment, { subject: "ada" })) wrote += 1;
      const after = await times(50, () => store.update("deleted", increment, {}));
      process.stdout.write(String(wrote > 0 && !after.includes(true)));`);
    const count = async () => Number((await store.read("deleted"))?.count);
    while ((await count()) < 50) await pool.query("SELECT pg_sleep(0.01)");
    await store.delete("deleted");
    assert.is(await store.read("deleted"), null);
    await writing;
    assert.is(await store.read("deleted"), null);
    assert.equal(await store.sessionsOf("ada"), []);
  });

  test("a flash is seen by one of them", async () => {
    const app = decorate(GET("/", flashAssoc("notice", "saved")), withSession({ type: store }));
    const response = await app({ method: "GET", uri: "/", headers: {} });
    const [cookie] = String(response?.headers["set-cookie"]).split(";");
    const seen = await inFour(`
      const { decorate, GET, withSession } = await import(${JSON.stringify(lib("index"))});
      const app = decorate(GET("/", ({ flash }) => flash.notice ?? "-"), withSession({ type: store }));
      const request = { method: "GET", uri: "/", headers: { cookie: ${JSON.stringify(cookie)} } };
      const seen = await times(20, async () => (await app(request)).body);
      process.stdout.write(seen.join(""));`);
    assert.is(seen.join("").replaceAll("-", ""), "saved");
  });
} else {
  console.log("skipped: several processes on PostgreSQL, as it is not installed");
}

test.run();
