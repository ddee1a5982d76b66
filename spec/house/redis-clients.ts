/** Both clients of Redis, as specs use them: connected, quiet about lost connections, closed at once. */
import { Redis, type RedisOptions } from "ioredis";
import { createClient, type RedisClientOptions } from "redis";

export type NodeRedisSettings = Omit<
  RedisClientOptions,
  "url" | "RESP" | "modules" | "functions" | "scripts"
>;

export async function nodeRedis(port: number, options: NodeRedisSettings = {}) {
  const { socket, ...others } = options;
  const client = createClient({
    ...others,
    socket: { reconnectStrategy: 20, ...socket, host: "127.0.0.1", port } as object,
  });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
}

/** Those settings of ioredis that decide what becomes of a command whose connection is lost. */
export type IORedisSettings = Pick<
  RedisOptions,
  | "autoResendUnfulfilledCommands"
  | "commandTimeout"
  | "enableOfflineQueue"
  | "keyPrefix"
  | "maxRetriesPerRequest"
  | "stringNumbers"
>;

export async function ioRedis(port: number, options: IORedisSettings = {}) {
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 20, ...options });
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
}

/** By their names, for specs that run on both. */
export const connects = {
  "node-redis": (port: number) => nodeRedis(port),
  ioredis: (port: number) => ioRedis(port),
};
