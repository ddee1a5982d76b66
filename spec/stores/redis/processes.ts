/** Two processes on one Redis, each by a client of its own; eight are in spec/faults/processes.ts. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { redisStore } from "../../../lib/redis.js";
import { eventually } from "../../house/eventually.js";
import { forked } from "../../house/forked.js";
import { opening } from "../../house/opening.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { clientNames, redisOf } from "../../house/redis-clients.js";

function specs(): void {
  const redis = redisOf(test);
  const path = join(import.meta.dirname, "worker.js");
  const processes = opening(test, (closes) =>
    forked(
      closes,
      path,
      clientNames.map((name) => [name, String(redis.port)]),
    ),
  );

  test("two processes that each count to 200 one by one count to 400", async () => {
    const store = redisStore(redis.raw);
    await store.create("counter", { count: 0 }, {});
    await processes.work("count", "counter");
    assert.equal(await store.read("counter"), { count: 400 });
  });

  test("a session that one process deletes while others change it never comes back", async () => {
    const store = redisStore(redis.raw);
    const isSigned = async () => Object.keys((await store.read("ended"))!).length === 2;
    for (const end of [() => store.delete("ended"), () => store.deleteAllOf("ada")]) {
      await store.create("ended", {}, { subject: "ada" });
      const signing = processes.work("sign", "ended");
      await Promise.race([signing, eventually(isSigned)]);
      await end();
      assert.equal(await signing, [false, false]);
      assert.is(await store.read("ended"), null);
      assert.equal(await store.sessionsOf("ada"), []);
    }
  });
}

if (hasRedis) specs();
else skipRedis("several processes on one Redis");

test.run();
