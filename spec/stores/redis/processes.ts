/** Two processes on one Redis, each by a client of its own; eight are in spec/faults/processes.ts. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { redisStore } from "../../../lib/redis.js";
import { cleanEnv, mortal } from "../../house/child.js";
import { eventually } from "../../house/eventually.js";
import { opening } from "../../house/opening.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { clientNames, redisOf } from "../../house/redis-clients.js";
import type { Work } from "./worker.js";

function specs(): void {
  const redis = redisOf(test);
  const processes = opening(test, async (closes) => {
    const path = join(import.meta.dirname, "worker.js");
    const children = clientNames.map((name) =>
      mortal(fork(path, [name, String(redis.port)], { env: cleanEnv() })),
    );
    closes(() => children.map((child) => child.kill("SIGKILL")));
    const ended = children.map(async (child) => {
      await once(child, "exit");
      throw new Error("A process has ended");
    });
    for (const end of ended) end.catch(() => {});
    /** Has each of them work on a session; gives what each came to. */
    const work = (work: Work, id: string): Promise<unknown[]> =>
      Promise.all(
        children.map(async (child, index) => {
          child.send([work, id]);
          const [answer] = await Promise.race([once(child, "message"), ended[index]!]);
          return answer;
        }),
      );
    return { work };
  });

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
