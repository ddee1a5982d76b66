/** A real Redis Cluster: every command and script has one key, wherever that is. */
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RedisClient, redisStore } from "../../../lib/redis.js";
import { increment, times } from "../../house/counting.js";
import { opening } from "../../house/opening.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { startRedisCluster } from "../../house/redis-cluster.js";

type Made = { readonly client: RedisClient; readonly close: () => unknown };

function specs(): void {
  const first = opening(test, startRedisCluster);

  const clients: { readonly [name: string]: () => Promise<Made> } = {
    "node-redis": async () => {
      const client = createCluster({ rootNodes: [{ url: first.url }] });
      client.on("error", () => {});
      await client.connect();
      return { client, close: () => client.destroy() };
    },
    ioredis: async () => {
      const client = new Cluster([{ host: "127.0.0.1", port: first.port }]);
      client.on("error", () => {});
      return { client, close: () => client.disconnect() };
    },
  };

  for (const [name, make] of Object.entries(clients)) {
    test(`${name}: sessions of a cluster are on all of its nodes, and each law holds`, async () => {
      const { client, close } = await make();
      try {
        const [one, other] = [
          redisStore(client, { prefix: `${name}:` }),
          redisStore(client, { prefix: `${name}:` }),
        ];
        const ids = times(60, (index) => `session${index}`);
        const subjects = ["ada", "eve", "{ada}"];
        const keepOf = (index: number) => ({ subject: subjects[index % 3]!, ttl: 100 });
        await Promise.all(ids.map((id, index) => one.create(id, { count: 0 }, keepOf(index))));
        await Promise.all(
          ids.flatMap((id, index) =>
            times(10, (turn) => (turn % 2 === 0 ? one : other).update(id, increment, keepOf(index))),
          ),
        );
        for (const id of ids) assert.equal(await other.read(id), { count: 10 });
        for (const subject of subjects) assert.is((await one.sessionsOf(subject)).length, 20);
        await Promise.all(ids.map((id, index) => one.touch(id, keepOf(index))));
        await one.delete(ids[0]!);
        assert.is((await other.sessionsOf("ada")).length, 19);
        for (const subject of subjects) await other.deleteAllOf(subject);
        for (const id of ids) assert.is(await one.read(id), null);
        for (const subject of subjects) assert.equal(await one.sessionsOf(subject), []);
      } finally {
        close();
      }
    });
  }
}

if (hasRedis) specs();
else skipRedis("sessions in a Redis Cluster");

test.run();
