/** Redis breaks while sessions are used. */
import { test } from "uvu";
import { hasRedis, skipRedis, startRedis } from "../house/redis.js";
import { survive } from "./outage.js";

/** What is answered is on the disk, as far as a killed process is concerned. */
const safe = ["--appendonly", "yes", "--appendfsync", "always"];

if (hasRedis) {
  for (const kind of ["node-redis", "ioredis"] as const) {
    test(`sessions in Redis outlive its kill -9 under load, with ${kind}`, async () => {
      const redis = await startRedis(safe);
      try {
        await survive(kind, redis.url, { begin: redis.kill, end: redis.restart });
      } finally {
        await redis.stop();
      }
    });

    test(`sessions in Redis outlive a freeze of it under load, with ${kind}`, async () => {
      const redis = await startRedis(safe);
      try {
        await survive(kind, redis.url, { begin: redis.freeze, end: redis.thaw });
      } finally {
        await redis.stop();
      }
    });
  }
} else skipRedis("sessions while Redis breaks");

test.run();
