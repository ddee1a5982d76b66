/** Connections that are lost at the worst moment: no change is made twice, and none is taken for made that was not. */
import { mock } from "node:test";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { redisStore } from "../../../lib/redis.js";
import type { SessionRecord, SessionStore, SubjectStore } from "../../../lib/types.js";
import { startProxy, type TcpProxy } from "../../house/proxy.js";
import { hasRedis, type RedisServer, skipRedis, startRedis } from "../../house/redis.js";
import { ioRedis, nodeRedis } from "../../house/redis-clients.js";

const increment = (record: SessionRecord): SessionRecord => ({ ...record, count: Number(record.count) + 1 });
/** The command that replaces a record. */
const replacing = /\$7\r\nevalsha\r\n/i;

const outcomeOf = (work: unknown): Promise<string> =>
  Promise.resolve(work).then(String, (error: Error) => `error: ${error.message}`);

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

function specs(): void {
  let redis: RedisServer;
  let proxy: TcpProxy;
  /** A store with an undisturbed connection. */
  let direct: SessionStore;
  let closing: (() => unknown)[] = [];
  let ids = 0;

  test.before(async () => {
    redis = await startRedis();
  });
  test.before.each(async () => {
    proxy = await startProxy(redis.port);
    const { client, close } = await nodeRedis(redis.port);
    direct = redisStore(client);
    closing = [close, () => proxy.close()];
  });
  test.after.each(async () => {
    for (const close of closing) await close();
  });
  test.after(() => redis.stop());

  const clients = {
    "node-redis": async () => nodeRedis(proxy.port),
    ioredis: async () => ioRedis(proxy.port),
    "ioredis that sends nothing again": async () =>
      // Without a time it would leave what was under way without an answer for ever.
      ioRedis(proxy.port, { autoResendUnfulfilledCommands: false, commandTimeout: 300 }),
  };

  const through = async (name: keyof typeof clients): Promise<SubjectStore> => {
    const { client, close } = await clients[name]();
    closing.unshift(close);
    return redisStore(client);
  };

  const counter = async (subject?: string): Promise<string> => {
    const id = `counter${ids++}`;
    await direct.create(id, { count: 0 }, subject === undefined ? {} : { subject });
    return id;
  };
  const countOf = async (id: string): Promise<unknown> => (await direct.read(id))?.count;
  /** How many keys are left of a session and the index of its subject. */
  const keysOf = async (id: string, subject: string): Promise<number> => {
    const { client, close } = await nodeRedis(redis.port);
    const names = [id, `of:${JSON.stringify(subject)}`];
    const left = await client.exists(names.map((name) => `composure:session:${name}`));
    close();
    return left;
  };
  /** Another process, as Redis sees it. */
  const other = async (): Promise<SessionStore> => {
    const { client, close } = await nodeRedis(redis.port);
    closing.unshift(close);
    return redisStore(client);
  };

  /** Increments while the answer is lost; tells what came out and the count in the end. */
  const incremented = async (
    name: keyof typeof clients,
    how: "lose" | "swallow" | "half",
    meanwhile: (id: string) => unknown = () => {},
  ) => {
    const [store, id] = [await through(name), await counter()];
    const held = (await store.read(id))!;
    const struck = proxy.fail({ request: replacing, how, meanwhile: async () => meanwhile(id) });
    const outcome = await outcomeOf(store.update(id, increment, { held }));
    await struck;
    return { outcome, count: await countOf(id), store, id };
  };

  for (const name of Object.keys(clients) as (keyof typeof clients)[]) {
    const sendsAgain = name === "ioredis";
    for (const how of ["lose", "swallow", "half"] as const) {
      test(`${name}: a connection cut at a change (${how}): made once where it is said to be, else refused`, async () => {
        const { outcome, count, store, id } = await incremented(name, how);
        if (sendsAgain) assert.equal([outcome, count], ["true", 1]);
        else {
          assert.match(outcome, /^error: /);
          assert.is(count, how === "lose" ? 0 : 1);
        }
        assert.is(await store.update(id, increment, {}), true);
        assert.is(await countOf(id), Number(count) + 1);
      });
    }
  }

  test("sent again after others have written: made once", async () => {
    const others = async (id: string) => {
      for (let turn = 0; turn < 15; turn++) await (await other()).update(id, increment, {});
    };
    assert.equal((await incremented("ioredis", "swallow", others)).count, 16);
    const { outcome, count } = await incremented("ioredis", "swallow", others);
    assert.equal([outcome, count], ["true", 16]);
    const lost = await incremented("ioredis", "lose", others);
    assert.equal([lost.outcome, lost.count], ["true", 16]);
  });

  test("sent again after one other has written often: made once", async () => {
    const one = async (id: string) => {
      for (let turn = 0; turn < 100; turn++) await direct.update(id, increment, {});
    };
    for (const how of ["swallow", "lose"] as const) {
      const { outcome, count } = await incremented("ioredis", how, one);
      assert.equal([outcome, count], ["true", 101], how);
    }
  });

  test("sent again after more others than a record remembers: refused, as nobody can know", async () => {
    const many = async (id: string) => {
      for (let turn = 0; turn < 17; turn++) await (await other()).update(id, increment, {});
    };
    for (const [how, count] of [
      ["swallow", 18],
      ["lose", 17],
    ] as const) {
      const result = await incremented("ioredis", how, many);
      assert.match(result.outcome, /^error: redisStore: whether a change was made cannot be known/);
      assert.is(result.count, count);
      assert.is(await result.store.update(result.id, increment, {}), true);
      assert.is(await countOf(result.id), count + 1);
    }
  });

  test("sent again after its own process had given it up for lost: refused, as nobody can know", async () => {
    for (const how of ["swallow", "lose"] as const) {
      const now = performance.now();
      const clock = mock.method(performance, "now", () => now);
      const [{ client, close }, straight, id] = [
        await ioRedis(proxy.port),
        await ioRedis(redis.port),
        await counter(),
      ];
      closing.unshift(close, straight.close);
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
      const { outcome, count } = await incremented("ioredis", how, async (id) => direct.delete(id));
      assert.equal([outcome, count], ["false", undefined], how);
    }
  });

  test("sent again with an index: made once, listed once", async () => {
    const { client, close } = await clients.ioredis();
    closing.unshift(close);
    const [store, id] = [redisStore(client), await counter("ada")];
    for (let count = 1; count <= 3; count++) {
      const struck = proxy.fail({ request: replacing, how: "swallow" });
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
    const store = await through("ioredis");
    for (const request of [/\r\nget\r\n/i, /\r\n(?:get)?del\r\n/i, /\r\nhdel\r\n/i]) {
      const id = await counter("eve");
      const struck = proxy.fail({ request, how: "swallow" });
      await store.delete(id);
      await struck;
      assert.equal(await keysOf(id, "eve"), 0, String(request));
    }
  });

  test("a login that fails as the answer of its index is lost leaves nothing behind", async () => {
    const store = await through("node-redis");
    await store.create("told", {}, { subject: "told" });
    const struck = proxy.fail({ request: /\r\nevalsha\r\n/i, how: "swallow" });
    assert.match(await outcomeOf(store.create("failed", {}, { subject: "eve" })), /^error/);
    await struck;
    assert.is(await keysOf("failed", "eve"), 0);
  });

  test("an entry that a lost connection has left is gone once the sessions are listed", async () => {
    const [store, id] = [await through("node-redis"), await counter("eve")];
    const struck = proxy.fail({ request: /\r\ndel\r\n/i, how: "swallow" });
    assert.match(await outcomeOf(store.delete(id)), /^error/);
    await struck;
    assert.equal(await store.sessionsOf("eve"), []);
    assert.is(await keysOf(id, "eve"), 0);
  });

  test("a thousand changes while answers are lost: each that is said to be made is made once", async () => {
    for (const name of Object.keys(clients) as (keyof typeof clients)[]) {
      const [store, id] = [await through(name), await counter()];
      let made = 0;
      let unknown = 0;
      for (let round = 0; round < 6; round++) {
        const how = (["swallow", "half", "lose"] as const)[round % 3]!;
        const struck = proxy.fail({
          request: replacing,
          how,
          meanwhile: async () => direct.update(id, increment, {}),
        });
        const outcomes = await Promise.all(times(50, () => outcomeOf(store.update(id, increment, {}))));
        await struck;
        made += outcomes.filter((outcome) => outcome === "true").length + 1;
        unknown += outcomes.filter((outcome) => outcome !== "true").length;
      }
      const count = Number(await countOf(id));
      assert.ok(
        made <= count && count <= made + unknown,
        `${name}: ${made} <= ${count} <= ${made + unknown}`,
      );
      if (name === "ioredis") assert.is(unknown, 0);
    }
  });

  test("a change that the client gave up, and the server makes later, is not taken for the next one", async () => {
    const { client, close } = await ioRedis(redis.port);
    closing.unshift(close);
    const id = await counter();
    await direct.update(id, increment, {});
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
    assert.is(await outcomeOf(store.update(id, increment, {})), "error: given up");
    assert.is(await store.update(id, increment, {}), true);
    assert.is(await countOf(id), 3);
  });

  test("reads, touches and deletes come through a lost connection, or fail", async () => {
    for (const name of Object.keys(clients) as (keyof typeof clients)[]) {
      const store = await through(name);
      for (const how of ["swallow", "half", "lose"] as const) {
        const id = await counter("ada");
        const strike = (request: RegExp) => proxy.fail({ request, how });
        const asked = [
          [/\r\nget\r\n/i, () => store.read(id)],
          [/\r\npexpire\r\n/i, () => store.touch?.(id, { ttl: 10, subject: "ada" })],
          [/\r\ndel\r\n/i, () => store.delete(id)],
        ] as const;
        for (const [request, ask] of asked) {
          const struck = strike(request);
          const outcome = await outcomeOf(ask());
          await struck;
          if (name === "ioredis") assert.not.match(outcome, /error/);
          else assert.match(outcome, /error/);
        }
        assert.is(await countOf(id), how === "lose" && name !== "ioredis" ? 0 : undefined);
      }
    }
  });
}

if (hasRedis) specs();
else skipRedis("lost connections to Redis");

test.run();
