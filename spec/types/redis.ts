/** What the types of `composure/redis` promise; tsc checks it. */
import { Cluster, Redis } from "ioredis";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { withSession } from "../../lib/index.js";
import { type RedisClient, redisStore } from "../../lib/redis.js";
import type { SessionEntry, SubjectStore } from "../../lib/types.js";

const clients: RedisClient[] = [
  createClient(),
  createClient({ RESP: 2 }),
  createClientPool(),
  createCluster({ rootNodes: [] }),
  createSentinel({ name: "sessions", sentinelRootNodes: [] }),
  new Redis(),
  new Redis({ sentinels: [], name: "sessions" }),
  new Cluster([]),
];

const store: SubjectStore = redisStore(clients[0]!, { prefix: "sessions:" });
withSession({ type: store });
withSession(redisStore(new Redis()));

const entries: readonly SessionEntry[] = await store.sessionsOf("ada");
entries.map(({ id, label }) => `${id} ${label ?? ""}`);

// @ts-expect-error: no client
redisStore({ url: "redis://localhost" });
// @ts-expect-error: the address of no client
redisStore("redis://localhost");
// @ts-expect-error: no such option
redisStore(new Redis(), { ttl: 600 });
