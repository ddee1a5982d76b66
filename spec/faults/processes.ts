/** Eight processes that share a store: what holds of one session that all of them are asked about at once. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { temporary } from "../house/child.js";
import { hasPostgres, skipPostgres, startPostgres } from "../house/postgres.js";
import { hasRedis, skipRedis, startRedis } from "../house/redis.js";
import { hasSqlite } from "../house/sqlite.js";
import type { Kind } from "./counters.js";
import { startWorker, type Worker } from "./workers.js";

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

let workers: Worker[] = [];
test.before(() => {
  workers = times(8, startWorker);
});
test.after(async () => {
  await Promise.all(workers.map(({ end }) => end()));
});

const tell = (index: number, order: Parameters<Worker["tell"]>[0]) => workers[index % 8]!.tell(order);

async function assertShared(kind: Kind, database: string): Promise<void> {
  const begun = await tell(0, { kind, database, cookie: "", asked: [["POST", "/begin?owner=ada"]] });
  const cookie = begun.cookies[0]!.split(";")[0]!;
  const ask = async (index: number, ...asked: (readonly [string, string])[]): Promise<readonly string[]> =>
    (await tell(index, { kind, database, cookie, asked })).bodies;
  const session = async (index: number) => JSON.parse((await ask(index, ["GET", "/"]))[0]!);

  const count = ["POST", "/count"] as const;
  await Promise.all(times(8, (index) => ask(index, ...times(1_000, () => count))));
  assert.equal(await session(1), { owner: "ada", count: 8_000 });

  // Nor is one lost where each process waits for its answer and asks again.
  await Promise.all(
    times(8, async (index) => {
      for (let left = 20; left > 0; left--) await ask(index, count, count);
    }),
  );
  assert.equal(await session(1), { owner: "ada", count: 8_320 });

  await Promise.all(times(80, (index) => ask(index, ["POST", `/assoc?key=key${index}&value=${index}`])));
  const keys = Object.fromEntries(times(80, (index) => [`key${index}`, String(index)]));
  assert.equal(await session(2), { owner: "ada", count: 8_320, ...keys });

  await ask(3, ["POST", "/flash"]);
  const flashes = (await Promise.all(times(40, (index) => ask(index, ["GET", "/flash"])))).flat();
  assert.is(flashes.filter((flash) => flash === '{"notice":"Once"}').length, 1);
  assert.is(flashes.filter((flash) => flash === "{}").length, 39);

  const slow = times(40, (index) => ask(index, ["POST", "/slow"]));
  await pause(100);
  const counting = times(400, (index) => ask(index, count));
  await ask(4, ["POST", "/end"]);
  assert.equal(await session(5), {});
  await Promise.all([...slow, ...counting]);
  assert.equal(
    await Promise.all(times(8, session)),
    times(8, () => ({})),
  );
}

const sentence = (where: string): string =>
  `eight processes share a session in ${where}: no change of 8,000 is lost, a flash is seen once, and what is ended stays so`;

if (hasRedis) {
  for (const kind of ["node-redis", "ioredis"] as const) {
    test(sentence(`Redis, with ${kind}`), async () => {
      const redis = await startRedis();
      try {
        await assertShared(kind, redis.url);
      } finally {
        await redis.stop();
      }
    });
  }
} else skipRedis("eight processes with sessions in Redis");

if (hasPostgres) {
  test(sentence("PostgreSQL"), async () => {
    const postgres = await startPostgres({ max_connections: "100" });
    try {
      await assertShared("postgres", postgres.url);
    } finally {
      await postgres.remove();
    }
  });
} else skipPostgres("eight processes with sessions in PostgreSQL");

if (hasSqlite) {
  test(sentence("SQLite"), async () => {
    const folder = temporary("sqlite");
    try {
      await assertShared("sqlite", join(folder, "sessions.db"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
} else
  console.log(
    "skipped: eight processes with sessions in SQLite, as there is none; npm run sqlite installs it",
  );

test.run();
