/** A Redis Cluster of a spec's own: three masters on this machine. */
import { setTimeout as wait } from "node:timers/promises";
import { createClient } from "redis";
import { freePort } from "./port.js";
import { type RedisServer, startRedis } from "./redis.js";

async function tell(port: number, ...command: string[]): Promise<string> {
  const client = createClient({ socket: { host: "127.0.0.1", port } });
  client.on("error", () => {});
  await client.connect();
  try {
    return String(await client.sendCommand(command));
  } finally {
    client.destroy();
  }
}

/** Each master gets a third of the slots. */
const thirds = [
  ["0", "5460"],
  ["5461", "10922"],
  ["10923", "16383"],
] as const;

async function isWhole(port: number): Promise<boolean> {
  const info = await tell(port, "CLUSTER", "INFO");
  return /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info);
}

/** Starts the masters; resolves when each of them knows where all slots are. */
export async function startRedisCluster(): Promise<readonly RedisServer[]> {
  const servers = await Promise.all(
    thirds.map(async () =>
      startRedis(["--cluster-enabled", "yes", "--cluster-port", String(await freePort())]),
    ),
  );
  const [first, ...others] = servers as [RedisServer, ...RedisServer[]];
  const bus = async ({ port }: RedisServer): Promise<string> =>
    (await tell(port, "CONFIG", "GET", "cluster-port")).split(",")[1]!;
  for (const [index, { port }] of servers.entries())
    await tell(port, "CLUSTER", "ADDSLOTSRANGE", ...thirds[index]!);
  for (const other of others)
    await tell(first.port, "CLUSTER", "MEET", "127.0.0.1", String(other.port), await bus(other));
  for (const { port } of servers)
    for (let turn = 0; !(await isWhole(port)) && turn < 200; turn++) await wait(50);
  return servers;
}
