/** Changes that a client sends again after a lost connection: none is made twice, or taken for made that was not. */
import { mock } from "node:test";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { redisStore } from "../../../lib/redis.js";
import { increment } from "../../house/counting.js";
import { outcomeOf } from "../../house/outcome.js";
import { startProxy } from "../../house/proxy.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { ioRedis } from "../../house/redis-clients.js";
import { lossyRedis, replacing } from "../../house/redis-lossy.js";

function specs(): void {
  const { redis, other, through, counter, countOf, keysOf } = lossyRedis(test);

  /** Increments while the answer is lost, and `meanwhile` happens; tells what came out and the count in the end. */
  const incremented = async (how: "lose" | "swallow", meanwhile: (id: string) => unknown) => {
    const [{ store, fail }, id] = [await through("ioredis"), await counter()];
    const held = (await store.read(id))!;
    const struck = fail({ request: replacing, how, meanwhile: async () => meanwhile(id) });
    const outcome = await outcomeOf(store.update(id, increment, { held }));
    await struck;
    return { outcome, count: await countOf(id), store, id };
  };

  test("sent again after others have written: made once", async () => {
    const others = async (id: string) => {
      for (let turn = 0; turn < 15; turn++) await other().update(id, increment, {});
    };
    assert.equal((await incremented("swallow", others)).count, 16);
    const { outcome, count } = await incremented("swallow", others);
    assert.equal([outcome, count], ["true", 16]);
    const lost = await incremented("lose", others);
    assert.equal([lost.outcome, lost.count], ["true", 16]);
  });

  test("sent again after one other has written often: made once", async () => {
    const one = async (id: string) => {
      const store = other();
      for (let turn = 0; turn < 100; turn++) await store.update(id, increment, {});
    };
    for (const how of ["swallow", "lose"] as const) {
      const { outcome, count } = await incremented(how, one);
      assert.equal([outcome, count], ["true", 101], how);
    }
  });

  test("sent again after more others than a record remembers: refused, as nobody can know", async () => {
    const many = async (id: string) => {
      for (let turn = 0; turn < 17; turn++) await other().update(id, increment, {});
    };
    for (const [how, count] of [
      ["swallow", 18],
      ["lose", 17],
    ] as const) {
      const result = await incremented(how, many);
      assert.match(result.outcome, /^Error: redisStore: whether a change was made cannot be known/);
      assert.is(result.count, count);
      assert.is(await result.store.update(result.id, increment, {}), true);
      assert.is(await countOf(result.id), count + 1);
    }
  });

  test("sent again after its own process had given it up for lost: refused, as nobody can know", async () => {
    for (const how of ["swallow", "lose"] as const) {
      const now = performance.now();
      const clock = mock.method(performance, "now", () => now);
      const proxy = await startProxy(redis.port);
      const [{ client, close }, straight] = [await ioRedis(proxy.port), await ioRedis(redis.port)];
      const id = await counter();
      for (const each of [proxy.close, close, straight.close]) redis.closes(each);
      let calls = 0;
      const store = redisStore({
        get: (key: string) => straight.client.get(key),
        eval: client.eval.bind(client),
        evalsha: (...call: Parameters<typeof client.evalsha>) =>
          (calls++ === 0 ? client : straight.client).evalsha(...call),
      } as never);
      const outcomes: Promise<string>[] = [];
      const struck = proxy.fail({
        request: replacing,
        how,
        async meanwhile() {
          clock.mock.mockImplementation(() => now + 31_000);
          outcomes.push(outcomeOf(store.update(id, increment, {})));
          await outcomes[0];
        },
      });
      const lost = outcomeOf(store.update(id, increment, {}));
      await struck;
      assert.match(await lost, /cannot be known/);
      assert.is(await outcomes[0], "true");
      assert.is(await countOf(id), how === "swallow" ? 2 : 1);
      clock.mock.restore();
    }
  });

  test("sent again after a delete: refused, and the session stays gone", async () => {
    for (const how of ["swallow", "lose"] as const) {
      const { outcome, count } = await incremented(how, (id) => other().delete(id));
      assert.equal([outcome, count], ["false", undefined], how);
    }
  });

  test("sent again with an index: made once, listed once", async () => {
    const [{ store, fail }, id] = [await through("ioredis"), await counter("ada")];
    for (let count = 1; count <= 3; count++) {
      const struck = fail({ request: replacing, how: "swallow" });
      assert.is(await store.update(id, increment, { subject: "ada", label: `count ${count}` }), true);
      await struck;
      assert.is(await countOf(id), count);
      const entries = await store.sessionsOf("ada");
      assert.equal(
        entries.map(({ label }) => label),
        [`count ${count}`],
      );
    }
    await store.deleteAllOf("ada");
  });

  test("ioredis: a logout whose answer is lost leaves nothing behind", async () => {
    const { store, fail } = await through("ioredis");
    for (const request of [/\r\nget\r\n/i, /\r\n(?:get)?del\r\n/i, /\r\nhdel\r\n/i]) {
      const id = await counter("eve");
      const struck = fail({ request, how: "swallow" });
      await store.delete(id);
      await struck;
      assert.equal(await keysOf(id, "eve"), 0, String(request));
    }
  });

  test("a change that the client gave up, and the server makes later, is not taken for the next one", async () => {
    const { client, close } = await ioRedis(redis.port);
    redis.closes(close);
    const id = await counter();
    await other().update(id, increment, {});
    let makeIt: (() => Promise<unknown>) | undefined;
    const store = redisStore({
      get: (key: string) => client.get(key),
      eval: client.eval.bind(client),
      async evalsha(...call: Parameters<typeof client.evalsha>) {
        if (makeIt === undefined) {
          makeIt = () => client.evalsha(...call);
          throw new Error("given up");
        }
        await makeIt();
        return client.evalsha(...call);
      },
    } as never);
    assert.is(await outcomeOf(store.update(id, increment, {})), "Error: given up");
    assert.is(await store.update(id, increment, {}), true);
    assert.is(await countOf(id), 3);
  });
}

if (hasRedis) specs();
else skipRedis("changes that are sent to Redis again");

test.run();
