/** Every kind of client: pools, clusters, sentinels are typed in spec/types/redis.ts; here is what they answer. */

import { mock } from "node:test";
import { Redis } from "ioredis";
import { createClient, createClientPool, RESP_TYPES } from "redis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RedisClient, redisStore } from "../../../lib/redis.js";
import type { Keep } from "../../../lib/types.js";
import { eventually } from "../../house/eventually.js";
import { failureOf, outcomeOf } from "../../house/outcome.js";
import { freePort } from "../../house/port.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { redisOf } from "../../house/redis-clients.js";

const quiet = <Client extends { on(event: "error", listener: () => void): unknown }>(
  client: Client,
): Client => {
  client.on("error", () => {});
  return client;
};

function specs(): void {
  const redis = redisOf(test);

  const node = async (options = {}) => {
    const client = quiet(createClient({ url: redis.url, ...options }));
    await client.connect();
    return client;
  };

  type Made = { readonly client: RedisClient; readonly close: () => unknown };
  const kinds: { readonly [kind: string]: () => Promise<Made> } = {
    "node-redis that speaks RESP2": async () => {
      const client = await node({ RESP: 2 });
      return { client, close: () => client.destroy() };
    },
    "node-redis that speaks RESP3": async () => {
      const client = await node({ RESP: 3 });
      return { client, close: () => client.destroy() };
    },
    "a pool of node-redis": async () => {
      const client = quiet(createClientPool({ url: redis.url }));
      await client.connect();
      return { client, close: () => client.destroy() };
    },
    "node-redis that gives bytes": async () => {
      const client = await node();
      return {
        client: client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }),
        close: () => client.destroy(),
      };
    },
    "ioredis that gives numbers as text": async () => {
      const client = quiet(new Redis(redis.url, { stringNumbers: true }));
      return { client, close: () => client.disconnect() };
    },
    "ioredis with a prefix of its own": async () => {
      const client = quiet(new Redis(redis.url, { keyPrefix: "mine:" }));
      return { client, close: () => client.disconnect() };
    },
    "ioredis that gathers commands": async () => {
      const client = quiet(new Redis(redis.url, { enableAutoPipelining: true }));
      return { client, close: () => client.disconnect() };
    },
  };

  test("no timer is started for a command of node-redis while it is connected", async () => {
    const client = await node({ commandOptions: { timeout: 5_000 } });
    const timers = mock.method(AbortSignal, "timeout");
    try {
      await redisStore(client).read("nobody");
      assert.is(timers.mock.callCount(), 0);
      await client.get("anything");
      assert.is(timers.mock.callCount(), 1);
    } finally {
      timers.mock.restore();
      client.destroy();
    }
  });

  test("a command of node-redis waits for a connection as long as the client was told", async () => {
    const socket = { host: "127.0.0.1", port: await freePort(), reconnectStrategy: 20 };
    const waiting = quiet(createClient({ socket, commandOptions: { timeout: 50 } }));
    const connecting = outcomeOf(waiting.connect());
    const failure = await failureOf(() => redisStore(waiting).read("nobody"));
    assert.is(failure.constructor.name, "TimeoutError");
    waiting.destroy();
    await connecting;
  });

  for (const [kind, make] of Object.entries(kinds)) {
    test(`${kind} keeps sessions`, async () => {
      const { client, close } = await make();
      try {
        const store = redisStore(client, { prefix: `${kind}:` });
        const keep = { subject: "ada", label: "Firefox", ttl: 100 };
        await store.create("id", { name: "Ada", text: "Grüße\u0000\ud800" }, keep);
        const held = (await store.read("id"))!;
        assert.equal(held, { name: "Ada", text: "Grüße\u0000\ud800" });
        assert.is(await store.update("id", (record) => ({ ...record, seen: 1 }), { ...keep, held }), true);
        assert.is(
          await store.update("id", (record) => ({ ...record, seen: Number(record.seen) + 1 }), {
            ...keep,
            held,
          }),
          true,
        );
        assert.equal(await store.read("id"), { name: "Ada", text: "Grüße\u0000\ud800", seen: 2 });
        await store.touch("id", keep);
        assert.equal(
          (await store.sessionsOf("ada")).map(({ id, label }) => [id, label]),
          [["id", "Firefox"]],
        );
        await store.create("other", {}, keep);
        await store.delete("id");
        assert.is(await store.update("id", (record) => record, keep), false);
        assert.equal(
          (await store.sessionsOf("ada")).map(({ id }) => id),
          ["other"],
        );
        await store.deleteAllOf("ada");
        assert.is(await store.read("other"), null);
      } finally {
        close();
      }
    });
  }

  test("node-redis that is not connected fails with its own words", async () => {
    const store = redisStore(quiet(createClient({ url: redis.url })));
    const error = await failureOf(() => store.read("id"));
    assert.match(error.message, /The client is closed/);
  });

  test("the client of node-redis for callbacks is told at the first call", async () => {
    const client = await node();
    const store = redisStore(client.legacy() as never);
    const error = await failureOf(() => store.read("id"));
    client.destroy();
    assert.match(error.message, /^redisStore: expected the client to promise text or null, got undefined/);
  });

  test("a read is one command, as are a change and a touch; a subject is one more each time but for reading", async () => {
    const client = quiet(new Redis(redis.url));
    const monitor = quiet(await client.monitor());
    const asked: string[] = [];
    monitor.on("monitor", (_, [command]: string[], source: string) => {
      if (source !== "lua") asked.push(command!.toLowerCase());
    });
    const countOf = async (work: () => unknown): Promise<number> => {
      asked.length = 0;
      await work();
      await client.ping();
      await eventually(() => asked.at(-1) === "ping");
      return asked.length - 1;
    };
    try {
      const store = redisStore(client);
      // Scripts are told first.
      await countOf(async () => {
        await store.create("warm", {}, { subject: "ada" });
        await store.update("warm", (record) => record, { subject: "ada" });
      });
      for (const [keep, more] of [
        [{}, 0],
        [{ subject: "ada" }, 1],
      ] as const) {
        let held = {};
        const read = async () => {
          held = (await store.read("id"))!;
        };
        const update = (keep: Keep) => store.update("id", (record) => record, keep);
        assert.is(await countOf(() => store.create("id", {}, keep)), 1 + more);
        assert.is(await countOf(read), 1);
        assert.is(await countOf(() => update({ ...keep, held })), 1 + more);
        assert.is(await countOf(() => update(keep)), 2 + more);
        assert.is(await countOf(() => store.touch("id", keep)), 1 + more);
        assert.is(await countOf(() => store.delete("id")), 2 + more);
      }
    } finally {
      monitor.disconnect();
      client.disconnect();
    }
  });
}

if (hasRedis) specs();
else skipRedis("the clients of Redis");

test.run();
