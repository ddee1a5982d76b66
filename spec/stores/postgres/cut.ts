/** Connections that are cut at the worst moment: a change is made once or refused, never twice, and the next one is made. */
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { postgresStore } from "../../../lib/postgres.js";
import { takingTurns, times, turn } from "../../house/counting.js";
import { type Closes, opening } from "../../house/opening.js";
import { outcomeOf } from "../../house/outcome.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";
import { startProxy } from "../../house/proxy.js";

const hows = ["lose", "swallow", "half"] as const;
/** The statement that replaces a record: each connection tells its text once. */
const request = /UPDATE [^;]+ SET record/;

if (hasPostgres) {
  const postgres = postgresOf(test);
  const proxy = opening(test, async (closes: Closes) => {
    const proxy = await startProxy(Number(new URL(postgres.url).port));
    closes(proxy.close);
    return proxy;
  });

  /** A store whose one connection may be cut. */
  const through = () => {
    const url = new URL(postgres.url);
    url.port = String(proxy.port);
    return postgresStore(postgres.another({ connectionString: url.href, max: 1 }));
  };

  for (const how of hows) {
    test(`a connection cut at a change (${how}): it is refused though it may be made, and the next one is made`, async () => {
      const [cut, id] = [through(), `cut ${how}`];
      await postgres.store.create(id, {}, {});
      const held = (await cut.read(id))!;
      const struck = proxy.fail({ request, how });
      assert.match(await outcomeOf(cut.update(id, turn(1), { held })), /^Error: .*(terminated|ECONNRESET)/);
      await struck;
      assert.is(await cut.update(id, turn(2), {}), true);
      assert.equal(await postgres.store.read(id), { turns: how === "lose" ? [2] : [1, 2] });
    });
  }

  test("hundreds of changes while answers are lost and others write: each that is said to be made is made once", async () => {
    const { store } = postgres;
    await store.create("hundreds", {}, {});
    const { take, assertOnce, counts } = takingTurns("hundreds");
    for (let round = 0; round < 6; round++) {
      const [cut, how] = [through(), hows[round % 3]!];
      const taken: Promise<boolean>[] = [];
      const meanwhile = async () => taken[taken.push(take(store)) - 1];
      const struck = proxy.fail({ request, how, meanwhile });
      taken.push(...times(50, () => take(cut)));
      await struck;
      await Promise.all(taken);
    }
    await assertOnce(store);
    const { made, refused } = counts();
    assert.ok(made > 6 && refused > 0, `${made} made, ${refused} refused`);
  });

  test("connections ended at any moment never make a change twice", async () => {
    const { another, store } = postgres;
    await store.create("ended", {}, {});
    const killer = another({ max: 1 });
    const { take, assertOnce, counts } = takingTurns("ended");
    const end = performance.now() + 1_000;
    const changing = (async () => {
      while (performance.now() < end) await take(store);
    })();
    while (performance.now() < end) {
      await killer.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()`,
      );
      await wait(15);
    }
    await changing;
    await assertOnce(store);
    const { made, refused } = counts();
    assert.ok(made > 0 && refused > 0, `${made} made, ${refused} refused`);
  });
} else skipPostgres("connections to PostgreSQL that are cut");

test.run();
