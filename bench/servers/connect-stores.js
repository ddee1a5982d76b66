/** Stores of express-session's kind, which @fastify/session takes too: one idle time, and a cookie as long as the browser lasts. */
import { nodeRedis, pgPool } from "./clients.js";
import { idle } from "./content.js";

const stores = {
  memory: () => undefined,
  async redis() {
    const { RedisStore } = await import("connect-redis");
    return new RedisStore({ client: await nodeRedis(), ttl: idle });
  },
  async postgres(session) {
    const { default: connectPgSimple } = await import("connect-pg-simple");
    const PostgresStore = connectPgSimple(session);
    return new PostgresStore({ pool: await pgPool(), createTableIfMissing: true, ttl: idle });
  },
};

/** The store of a kind for express-session, or what has a `Store` like it; undefined where it brings its own. */
export const storeOf = (kind, session) => stores[kind](session);
