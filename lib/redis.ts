/** The door of `composure/redis`. */

export type { IORedis, NodeRedis, RedisClient } from "./stores/redis/client.js";
export { type RedisOptions, redisStore } from "./stores/redis.js";
