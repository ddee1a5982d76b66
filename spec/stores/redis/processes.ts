/** Several processes on one Redis. */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate, flashAssoc, POST, withSession } from "../../../lib/index.js";
import { redisStore } from "../../../lib/redis.js";
import { run } from "../../house/child.js";
import { hasRedis, type RedisServer, skipRedis, startRedis } from "../../house/redis.js";
import { connects, nodeRedis } from "../../house/redis-clients.js";

const worker = join(import.meta.dirname, "worker.js");
const names = Object.keys(connects);

function specs(): void {
  let redis: RedisServer;
  let raw: Awaited<ReturnType<typeof nodeRedis>>;
  test.before(async () => {
    redis = await startRedis();
    raw = await nodeRedis(redis.port);
  });
  test.after(async () => {
    raw.close();
    await redis.stop();
  });

  /** Has that many processes work on a session, by both clients in turn; gives what each came to. */
  const working = (processes: number, id: string, work: string, times: number): Promise<unknown[]> =>
    Promise.all(
      Array.from({ length: processes }, async (_, index) => {
        const args = [worker, names[index % 2]!, String(redis.port), id, work, String(times)];
        const { ok, stdout, stderr } = await run(process.execPath, args, { cwd: process.cwd(), limit: 60 });
        assert.ok(ok, stderr);
        return JSON.parse(stdout);
      }),
    );

  test("four processes that each count to 500 at once count to 2,000", async () => {
    const store = redisStore(raw.client);
    await store.create("counter", { count: 0 }, { subject: "ada" });
    await working(4, "counter", "increment", 500);
    assert.equal(await store.read("counter"), { count: 2_000 });
    assert.is((await store.sessionsOf("ada")).length, 1);
    await store.delete("counter");
  });

  test("two processes that each count to 200 one by one count to 400", async () => {
    const store = redisStore(raw.client);
    await store.create("slow counter", { count: 0 }, {});
    await working(2, "slow counter", "request", 200);
    assert.equal(await store.read("slow counter"), { count: 400 });
  });

  test("a session that one process deletes while others change it never comes back", async () => {
    const store = redisStore(raw.client);
    for (const end of [() => store.delete("ended"), () => store.deleteAllOf("ada")]) {
      await store.create("ended", { count: 0 }, { subject: "ada" });
      const changing = working(2, "ended", "until", 100);
      while (Number((await store.read("ended"))?.count) < 20) await wait(5);
      await end();
      assert.equal(await changing, [{ back: false }, { back: false }]);
      assert.is(await store.read("ended"), null);
      assert.equal(await store.sessionsOf("ada"), []);
    }
  });

  test("a flash is seen once, whichever process is asked", async () => {
    const app = decorate(
      POST("/", flashAssoc("notice", "Saved")),
      withSession({ type: redisStore(raw.client) }),
    );
    const { headers } = (await app({ method: "POST", uri: "/", headers: {} }))!;
    const [, id] = /=([^;]+)/.exec(String(headers["set-cookie"]))!;
    const [one, other] = (await working(2, id!, "flash", 50)) as [number, number];
    assert.is(one + other, 1);
  });
}

if (hasRedis) specs();
else skipRedis("several processes on one Redis");

test.run();
