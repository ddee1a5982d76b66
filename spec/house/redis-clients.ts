/** Both clients of Redis, as specs use them: connected, quiet about lost connections, closed at once. */
import { Redis, type RedisOptions } from "ioredis";
import { createClient } from "redis";
import { type Hooks, opening } from "./opening.js";
import { startRedis } from "./redis.js";

export async function nodeRedis(port: number) {
  const client = createClient({ socket: { reconnectStrategy: 20, host: "127.0.0.1", port } });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
}

/** Those settings of ioredis that decide what becomes of a command whose connection is lost. */
export type IORedisSettings = Pick<RedisOptions, "autoResendUnfulfilledCommands" | "commandTimeout">;

export async function ioRedis(port: number, options: IORedisSettings = {}) {
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 20, ...options });
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
}

/** By their names, for specs that run on both. */
export const connects = {
  "node-redis": nodeRedis,
  ioredis: (port: number) => ioRedis(port),
};
export type ClientName = keyof typeof connects;
export const clientNames = Object.keys(connects) as readonly ClientName[];

/**
 * A Redis for a file of specs: its address, a client of the file's own, and what connects others that are closed
 * before it, as is whatever else `closes` is told. `const redis = redisOf(test)`
 */
export const redisOf = (test: Hooks) =>
  opening(test, async (closes) => {
    const { stop, port, url } = await startRedis();
    closes(stop);
    const raw = await nodeRedis(port);
    closes(raw.close);
    const connect = async (name: ClientName) => {
      const { client, close } = await connects[name](port);
      closes(close);
      return client;
    };
    return { port, url, raw: raw.client, connect, closes };
  });
