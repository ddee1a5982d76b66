/** An app of counters kept in sessions, on each store that processes can share. */
import { setTimeout as pause } from "node:timers/promises";
import {
  alterSession,
  clearSession,
  decorate,
  flashAssoc,
  GET,
  type Handler,
  json,
  POST,
  routes,
  type Session,
  sessionAssoc,
  withSession,
} from "../../lib/index.js";
import { postgresStore } from "../../lib/postgres.js";
import { redisStore } from "../../lib/redis.js";
import { sqliteStore } from "../../lib/sqlite.js";

/**
 * Each store on the client of its database, as its page in docs/ sets it up; a call may take so many seconds. A program
 * loads the client that it uses: to load all of them takes longer than all else that it does to start.
 */
const stores = {
  async "node-redis"(url: string) {
    const { createClient } = await import("redis");
    const client = createClient({ url, socket: { reconnectStrategy: 200, connectTimeout: 1000 } });
    client.on("error", () => {});
    await client.connect();
    return redisStore(client);
  },
  async ioredis(url: string) {
    const { Redis } = await import("ioredis");
    const client = new Redis(url, { retryStrategy: () => 200, connectTimeout: 1000 });
    client.on("error", () => {});
    return redisStore(client);
  },
  async postgres(url: string, seconds: number) {
    const { Pool } = await import("pg");
    const pool = new Pool({
      connectionString: url,
      connectionTimeoutMillis: seconds * 1000,
      query_timeout: seconds * 2000,
    });
    const store = postgresStore(pool);
    await store.migrate();
    return store;
  },
  sqlite: async (filename: string) => sqliteStore(filename),
};
export type Kind = keyof typeof stores;

const counted = (session: Session): Session => ({ ...session, count: Number(session.count) + 1 });
/** Each turn by its number, so that one which counts twice is seen. */
const taken =
  (turn: number) =>
  (session: Session): Session => ({ ...session, turns: [...((session.turns ?? []) as number[]), turn] });
const shown = ({ session }: { session: Session }) => json(session);

/** The app on a database at `url`, with a deadline in seconds. */
export async function counters(kind: Kind, url: string, deadline: number): Promise<Handler> {
  const store = await stores[kind](url, deadline);
  return routes(
    GET("/public", "Public"),
    decorate(
      routes(
        POST("/begin", ({ params }) => [sessionAssoc({ owner: params.owner, count: 0 }), shown]),
        POST("/count", () => [alterSession(counted), shown]),
        POST("/turn", ({ params }) => [alterSession(taken(Number(params.turn))), shown]),
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
      withSession({ type: store, expires: 600, deadline }),
    ),
  );
}
