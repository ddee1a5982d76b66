/** What goes wrong with a database: a change is made once or refused, and what was there is there. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { postgresStore } from "../../../lib/postgres.js";
import { storeContract } from "../../../lib/testing/contract.js";
import { increment, times } from "../../house/counting.js";
import { eventually } from "../../house/eventually.js";
import { lib, printedBy } from "../../house/module.js";
import { outcomeOf } from "../../house/outcome.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

if (hasPostgres) {
  const postgres = postgresOf(test, { settings: { deadlock_timeout: "100ms" } });
  const serializable = () =>
    postgres.another({ options: "-c default_transaction_isolation=serializable", max: 8 });

  /** Begins work while the lock of a record is held, until `use` has looked at who waits for it. */
  async function locked(id: string, work: () => unknown, use: (pid: number) => Promise<void>): Promise<void> {
    const client = await postgres.another({ max: 1 }).connect();
    // The end of this connection is part of some of the specs.
    client.on("error", () => {});
    try {
      await client.query("BEGIN");
      await client.query("SELECT FROM composure_sessions WHERE id = $1 FOR UPDATE", [id]);
      work();
      const text = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'";
      let waiting: { pid: number } | undefined;
      await eventually(async () => {
        [waiting] = (await postgres.pool.query(text)).rows;
        return waiting;
      });
      await use(waiting!.pid);
    } finally {
      client.release(true);
    }
  }

  test("under serializable transactions no change is lost", async () => {
    const own = serializable();
    const stores = times(4, () => postgresStore(own));
    await stores[0]!.create("serial", { count: 0 }, { subject: "serial" });
    const changes = times(200, (index) => stores[index % 4]!.update("serial", increment, {}));
    assert.ok((await Promise.all(changes)).every(Boolean));
    assert.equal(await postgres.store.read("serial"), { count: 200 });
  });

  test("under serializable transactions the contract holds", async () => {
    const own = serializable();
    const checks = storeContract(() => postgresStore(own));
    await Promise.all(checks.map(({ check }) => check()));
  });

  test("under serializable transactions subjects may come and go at once", async () => {
    const own = serializable();
    const stores = times(4, () => postgresStore(own));
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        times(40, async (index) => {
          const store = stores[index % 4]!;
          await store.create(`come ${index}`, {}, { subject: "come" });
          if (index % 10 === 0) await store.deleteAllOf("come");
          else await store.sessionsOf("come");
        }),
      );
      await stores[0]!.deleteAllOf("come");
      assert.equal(await stores[0]!.sessionsOf("come"), []);
    }
  });

  test("a database that is only read goes on being read, and refuses changes", async () => {
    const { store } = postgres;
    await store.create("only", { count: 0 }, { subject: "only" });
    const own = postgres.another({ options: "-c default_transaction_read_only=on" });
    const reading = postgresStore(own);
    const held = (await reading.read("only"))!;
    assert.equal(held, { count: 0 });
    assert.is((await reading.sessionsOf("only")).length, 1);
    const writes = [
      reading.update("only", increment, { held }),
      reading.create("new", {}, {}),
      reading.touch!("only", {}),
      reading.delete("only"),
      reading.deleteAllOf("only"),
    ];
    const outcomes = await Promise.all(writes.map(outcomeOf));
    await own.end();
    for (const told of outcomes) assert.match(told, /in a read-only transaction/);
    assert.equal(await store.read("only"), { count: 0 });
  });

  test("where the pool has no connection left, a change is refused and not made later", async () => {
    await postgres.store.create("full", { count: 0 }, {});
    const own = postgres.another({ max: 1, connectionTimeoutMillis: 100 });
    const full = postgresStore(own);
    const client = await own.connect();
    const told = await outcomeOf(full.update("full", increment, {}));
    client.release();
    assert.match(told, /timeout exceeded when trying to connect/);
    assert.equal(await full.read("full"), { count: 0 });
    assert.is(own.waitingCount, 0);
  });

  test("where the server has no connection left, calls are refused until it has", async () => {
    await postgres.pool.query(
      "CREATE ROLE few LOGIN CONNECTION LIMIT 1; GRANT ALL ON composure_sessions TO few",
    );
    const connectionString = postgres.url.replace("postgres@", "few@");
    const one = postgres.another({ connectionString, max: 1 });
    await one.query("SELECT 1");
    const few = postgresStore(postgres.another({ connectionString, max: 4 }));
    assert.match(await outcomeOf(few.create("few", { count: 0 }, {})), /too many connections/);
    await one.end();
    await eventually(async () => (await outcomeOf(few.create("few", {}, {}))) === "undefined");
    assert.equal(await few.read("few"), {});
  });

  test("a change whose connection is ended while it waits is refused, and not tried again", async () => {
    const { pool, store } = postgres;
    await store.create("killed", { count: 0 }, {});
    let changing: Promise<string> | undefined;
    const work = () => {
      changing = outcomeOf(store.update("killed", increment, {}));
    };
    await locked("killed", work, async (pid) => {
      await pool.query("SELECT pg_terminate_backend($1)", [pid]);
      assert.match(await changing!, /terminating connection/);
    });
    assert.equal(await store.read("killed"), { count: 0 });
    assert.is(await store.update("killed", increment, {}), true);
    assert.equal(await store.read("killed"), { count: 1 });
  });

  test("a server restarted while a change runs: it is refused, what was there is there, and the next one is made", async () => {
    const { server, store } = postgres;
    await store.create("restart", { count: 0 }, { subject: "restart" });
    let changing: Promise<string> | undefined;
    const work = () => {
      changing = outcomeOf(store.update("restart", increment, {}));
    };
    await locked("restart", work, async () => {
      await server.stop();
      const [changed, read] = [await changing!, await outcomeOf(store.read("restart"))];
      await server.start();
      // What the server says last may not come through.
      assert.match(changed, /terminat|ECONNRESET|EPIPE/);
      assert.match(read, /ECONNREFUSED/);
    });
    assert.equal(await store.read("restart"), { count: 0 });
    assert.is(await store.update("restart", increment, {}), true);
    assert.is((await store.sessionsOf("restart")).length, 1);
  });

  test("an unlogged table is empty after a crash, another is not", async () => {
    const { pool, server, store } = postgres;
    const fast = postgresStore(pool, { table: "fast", unlogged: true });
    await fast.migrate();
    for (const each of [fast, store]) await each.create("crash", { count: 0 }, {});
    await server.kill();
    await server.start();
    assert.is(await outcomeOf(fast.read("crash")), "null");
    assert.equal(await store.read("crash"), { count: 0 });
  });

  test("a process in which nobody listens to the pool outlives a restart", async () => {
    const { server, store, url } = postgres;
    const printed = printedBy(`
      import pg from "pg";
      import { postgresStore } from ${lib("postgres")};
      const pool = new pg.Pool({ connectionString: ${JSON.stringify(url)} });
      const store = postgresStore(pool);
      postgresStore(pool, { table: "other" });
      await Promise.all([1, 2, 3].map((id) => store.create("outlives " + id, {}, {})));
      while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      console.log(pool.listenerCount("error"));
      process.exit();`);
    const isThere = async () =>
      (await Promise.all([1, 2, 3].map((id) => store.read(`outlives ${id}`)))).every(Boolean);
    await Promise.race([printed, eventually(isThere)]);
    await server.stop();
    await server.start();
    assert.is(await printed, "1\n");
  });
} else skipPostgres("faults of PostgreSQL");

test.run();
