/** A program that serves counters kept in sessions: `node app.js STORE URL DEADLINE`, until SIGTERM. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { createClient } from "redis";
import {
  alterSession,
  clearSession,
  decorate,
  flashAssoc,
  GET,
  json,
  POST,
  routes,
  type Session,
  serve,
  sessionAssoc,
  withSession,
} from "../../lib/index.js";
import { postgresStore } from "../../lib/postgres.js";
import { redisStore } from "../../lib/redis.js";
import { sqliteStore } from "../../lib/sqlite.js";

const [kind, url, deadline] = process.argv.slice(2) as [Kind, string, string];

/** Each store on the client of its database, as its page in docs/ sets it up. */
const stores = {
  async "node-redis"(url: string) {
    const client = createClient({ url, socket: { reconnectStrategy: 200, connectTimeout: 1000 } });
    client.on("error", () => {});
    await client.connect();
    return redisStore(client);
  },
  ioredis(url: string) {
    const client = new Redis(url, { retryStrategy: () => 200, connectTimeout: 1000 });
    client.on("error", () => {});
    return redisStore(client);
  },
  async postgres(url: string) {
    const pool = new Pool({
      connectionString: url,
      max: 10,
      connectionTimeoutMillis: 1000,
      query_timeout: 2000,
    });
    pool.on("error", () => {});
    const store = postgresStore(pool);
    await store.migrate();
    return store;
  },
  sqlite: (filename: string) => sqliteStore(filename),
};
export type Kind = keyof typeof stores;

const counted = (session: Session): Session => ({ ...session, count: Number(session.count) + 1 });
const shown = ({ session }: { session: Session }) => json(session);

const store = await stores[kind](url);

const sessions = withSession({ type: store, expires: 600, deadline: Number(deadline) });
const app = routes(
  GET("/public", "Public"),
  decorate(
    routes(
      POST("/begin", ({ params }) => [sessionAssoc({ owner: params.owner, count: 0 }), shown]),
      POST("/count", () => [alterSession(counted), shown]),
      POST("/slow", async () => {
        await pause(200);
        return [sessionAssoc("slow", true), "Set"];
      }),
      POST("/assoc", ({ params }) => [sessionAssoc({ [params.key!]: params.value }), "Set"]),
      POST("/flash", () => [flashAssoc("notice", "Once"), "Set"]),
      GET("/flash", ({ flash }) => json(flash)),
      POST("/end", () => [clearSession(), "Ended"]),
      GET("/", shown),
    ),
    sessions,
  ),
);

const { url: address } = await serve(app, { port: 0 });
console.log(`listening on ${address}`);
