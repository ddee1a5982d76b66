/** What goes wrong with a database, and with connections to it: a change is made once or refused, never twice. */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PostgresStore, postgresStore } from "../../../lib/postgres.js";
import { storeContract } from "../../../lib/testing/contract.js";
import type { SessionRecord } from "../../../lib/types.js";
import { run } from "../../house/child.js";
import { hasPostgres, type Postgres, startPostgres } from "../../house/postgres.js";

const increment = (record: SessionRecord): SessionRecord => ({ ...record, count: Number(record.count) + 1 });

if (hasPostgres) {
  let server: Postgres;
  let pool: pg.Pool;
  let store: PostgresStore;
  test.before(async () => {
    server = await startPostgres({ deadlock_timeout: "100ms" });
    pool = new pg.Pool({ connectionString: server.url, max: 8 });
    store = postgresStore(pool);
    await store.migrate();
  });
  test.after(async () => {
    await pool.end();
    await server.remove();
  });

  const fault = async (call: unknown): Promise<string> => Promise.resolve(call).then(String, String);

  /** Gives a pool with settings of its own to `use`, and ends it. */
  async function pooled(config: pg.PoolConfig, use: (pool: pg.Pool) => Promise<void>): Promise<void> {
    const own = new pg.Pool({ connectionString: server.url, ...config });
    own.on("error", () => {});
    try {
      await use(own);
    } finally {
      await own.end();
    }
  }

  /** Holds the lock of a record while `work` is begun, and until `use` has looked at who waits for it. */
  async function locked(id: string, work: () => unknown, use: (pid: number) => Promise<void>): Promise<void> {
    await pooled({ max: 2 }, async (own) => {
      const client = await own.connect();
      // The end of this connection is part of some of the specs.
      client.on("error", () => {});
      try {
        await client.query("BEGIN");
        await client.query("SELECT FROM composure_sessions WHERE id = $1 FOR UPDATE", [id]);
        work();
        const waiting =
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'";
        for (;;) {
          const [found] = (await own.query(waiting)).rows;
          if (found !== undefined) return await use(found.pid);
          await wait(5);
        }
      } finally {
        client.release(true);
      }
    });
  }

  test("under serializable transactions the contract holds, and no change is lost", async () => {
    const options = "-c default_transaction_isolation=serializable";
    await pooled({ options, max: 8 }, async (own) => {
      const checks = storeContract(() => postgresStore(own));
      const outcomes = await Promise.allSettled(checks.map(({ check }) => check()));
      assert.equal(
        outcomes.filter(({ status }) => status === "rejected"),
        [],
      );
      const stores = [1, 2, 3, 4].map(() => postgresStore(own));
      await store.create("serial", { count: 0 }, { subject: "serial" });
      const changes = Array.from({ length: 200 }, (_, index) =>
        stores[index % 4]!.update("serial", increment, {}),
      );
      assert.ok((await Promise.all(changes)).every(Boolean));
      assert.equal(await store.read("serial"), { count: 200 });
    });
  });

  test("under serializable transactions subjects may come and go at once", async () => {
    await pooled({ options: "-c default_transaction_isolation=serializable", max: 8 }, async (own) => {
      const stores = [1, 2, 3, 4].map(() => postgresStore(own));
      for (let round = 0; round < 5; round++) {
        await Promise.all(
          Array.from({ length: 40 }, async (_, index) => {
            const store = stores[index % 4]!;
            await store.create(`come ${index}`, {}, { subject: "come" });
            if (index % 10 === 0) await store.deleteAllOf("come");
            else await store.sessionsOf("come");
          }),
        );
        await stores[0]!.deleteAllOf("come");
        assert.equal(await store.sessionsOf("come"), []);
      }
    });
  });

  test("a database that is only read goes on being read, and refuses changes", async () => {
    await store.create("only", { count: 0 }, { subject: "only" });
    await pooled({ options: "-c default_transaction_read_only=on" }, async (own) => {
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
      for (const told of await Promise.all(writes.map(fault)))
        assert.match(told, /in a read-only transaction/);
    });
    assert.equal(await store.read("only"), { count: 0 });
  });

  test("where the pool has no connection left, a change is refused and not made later", async () => {
    await store.create("full", { count: 0 }, {});
    await pooled({ max: 1, connectionTimeoutMillis: 100 }, async (own) => {
      const full = postgresStore(own);
      const client = await own.connect();
      assert.match(
        await fault(full.update("full", increment, {})),
        /timeout exceeded when trying to connect/,
      );
      client.release();
      assert.equal(await full.read("full"), { count: 0 });
      assert.is(own.waitingCount, 0);
    });
  });

  test("where the server has no connection left, calls are refused until it has", async () => {
    await pool.query("CREATE ROLE few LOGIN CONNECTION LIMIT 1; GRANT ALL ON composure_sessions TO few");
    await pooled({ connectionString: server.url.replace("postgres@", "few@"), max: 1 }, async (one) => {
      await one.query("SELECT 1");
      await pooled({ connectionString: server.url.replace("postgres@", "few@"), max: 4 }, async (own) => {
        const few = postgresStore(own);
        assert.match(await fault(few.create("few", { count: 0 }, {})), /too many connections/);
        await one.end();
        one.end = async () => {};
        while ((await fault(few.create("few", {}, {}))) !== "undefined") await wait(10);
        assert.equal(await few.read("few"), {});
      });
    });
  });

  test("a change whose connection is ended while it waits is refused, and not tried again", async () => {
    await store.create("killed", { count: 0 }, {});
    let changing: Promise<string> | undefined;
    const work = () => {
      changing = fault(store.update("killed", increment, {}));
    };
    await locked("killed", work, async (pid) => {
      await pool.query("SELECT pg_terminate_backend($1)", [pid]);
      assert.match(await changing!, /terminating connection/);
    });
    assert.equal(await store.read("killed"), { count: 0 });
    assert.is(await store.update("killed", increment, {}), true);
    assert.equal(await store.read("killed"), { count: 1 });
  });

  test("connections ended at any moment never make a change twice", async () => {
    await store.create("ended", { count: 0 }, {});
    let isDone = false;
    const killing = (async () => {
      const text =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
      await pooled({ max: 1 }, async (own) => {
        while (!isDone) {
          await own.query(text);
          await wait(15);
        }
      });
    })();
    let [made, refused] = [0, 0];
    const until = Date.now() + 1_000;
    while (Date.now() < until) {
      const told = await fault(store.update("ended", increment, {}));
      if (told === "true") made += 1;
      else refused += 1;
    }
    isDone = true;
    await killing;
    const count = Number((await store.read("ended"))!.count);
    assert.ok(made > 0 && refused > 0, `${made} made, ${refused} refused`);
    assert.ok(made <= count && count <= made + refused, `${made} <= ${count} <= ${made + refused}`);
  });

  test("a server restarted while a change runs: it is refused, what was there is there, and the next one is made", async () => {
    await store.create("restart", { count: 0 }, { subject: "restart" });
    let changing: Promise<string> | undefined;
    const work = () => {
      changing = fault(store.update("restart", increment, {}));
    };
    await locked("restart", work, async () => {
      await server.stop();
      const [changed, read] = [await changing!, await fault(store.read("restart"))];
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
    const fast = postgresStore(pool, { table: "fast", unlogged: true });
    await fast.migrate();
    for (const each of [fast, store]) await each.create("crash", { count: 0 }, {});
    await server.kill();
    await server.start();
    assert.is(await fault(fast.read("crash")), "null");
    assert.equal(await store.read("crash"), { count: 0 });
  });

  test("a process in which nobody listens to the pool outlives a restart", async () => {
    const url = new URL("../../../lib/postgres.js", import.meta.url).href;
    const child = run(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import pg from "pg";
         import { postgresStore } from ${JSON.stringify(url)};
         const pool = new pg.Pool({ connectionString: ${JSON.stringify(server.url)} });
         const store = postgresStore(pool);
         postgresStore(pool, { table: "other" });
         await Promise.all([1, 2, 3].map((id) => store.create(\`outlives \${id}\`, {}, {})));
         while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
         console.log(pool.listenerCount("error"));
         process.exit();`,
      ],
      { cwd: "." },
    );
    while ((await store.read("outlives 3")) === null) await wait(10);
    await server.stop();
    await server.start();
    const { ok, stdout, stderr } = await child;
    assert.is(stdout, "1\n", stderr);
    assert.ok(ok);
  });
} else {
  console.log("skipped: faults of PostgreSQL, as it is not installed");
}

test.run();
