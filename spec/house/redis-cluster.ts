/** A Redis Cluster of a spec's own: three masters on this machine. */
import { createClient } from "redis";
import { eventually } from "./eventually.js";
import type { Closes } from "./opening.js";
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

/** Starts the masters; gives one of them, when each knows where all slots are. */
export async function startRedisCluster(closes: Closes): Promise<RedisServer> {
  const buses = await Promise.all(thirds.map(freePort));
  const servers: RedisServer[] = [];
  for (const bus of buses) {
    const server = await startRedis(["--cluster-enabled", "yes", "--cluster-port", String(bus)]);
    closes(server.stop);
    servers.push(server);
  }
  for (const [index, { port }] of servers.entries())
    await tell(port, "CLUSTER", "ADDSLOTSRANGE", ...thirds[index]!);
  const first = String(servers[0]!.port);
  for (const [index, { port }] of servers.entries())
    if (index > 0) await tell(port, "CLUSTER", "MEET", "127.0.0.1", first, String(buses[0]));
  for (const { port } of servers) await eventually(() => isWhole(port));
  return servers[0]!;
}
