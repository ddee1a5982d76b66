/** Eight processes that share a store: what holds of one session that all of them are asked about at once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasPostgres, skipPostgres, startPostgres } from "../house/postgres.js";
import { hasRedis, skipRedis, startRedis } from "../house/redis.js";
import type { Kind } from "./app.js";
import { type Program, startProgram } from "./program.js";

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

type Processes = {
  /** Asks one of them, as the browser of a session; the text of its answer. */
  readonly ask: (index: number, method: string, path: string, cookie?: string) => Promise<string>;
  /** Begins a session, and gives its cookie. */
  readonly begin: () => Promise<string>;
};

async function withProcesses(kind: Kind, url: string, use: (processes: Processes) => Promise<void>) {
  const programs: Program[] = await Promise.all(times(8, () => startProgram(kind, url, 60)));
  const fetched = async (index: number, method: string, path: string, cookie = ""): Promise<Response> => {
    const signal = AbortSignal.timeout(60_000);
    const response = await fetch(programs[index]!.url + path, { method, headers: { cookie }, signal });
    if (response.status !== 200) throw new Error(`${method} ${path} is ${response.status}`);
    return response;
  };
  try {
    await use({
      ask: async (...asked) => (await fetched(...asked)).text(),
      async begin() {
        const response = await fetched(0, "POST", "/begin?owner=ada");
        await response.text();
        return response.headers.getSetCookie()[0]!.split(";")[0]!;
      },
    });
  } finally {
    const codes = await Promise.all(programs.map((program) => program.stop()));
    assert.equal(
      codes,
      times(8, () => 0),
      programs.map((program) => program.report()).join(""),
    );
  }
}

/** All at once, as there is nothing to wait for between them: it is the start of eight processes that costs. */
async function assertShared(kind: Kind, url: string): Promise<void> {
  await withProcesses(kind, url, async ({ ask, begin }) => {
    const cookie = await begin();
    const session = async (index: number) => JSON.parse(await ask(index, "GET", "/", cookie));

    await Promise.all(times(8_000, (index) => ask(index % 8, "POST", "/count", cookie)));
    assert.equal(await session(1), { owner: "ada", count: 8_000 });

    await Promise.all(
      times(80, (index) => ask(index % 8, "POST", `/assoc?key=key${index}&value=${index}`, cookie)),
    );
    const keys = Object.fromEntries(times(80, (index) => [`key${index}`, String(index)]));
    assert.equal(await session(2), { owner: "ada", count: 8_000, ...keys });

    await ask(3, "POST", "/flash", cookie);
    const flashes = await Promise.all(times(40, (index) => ask(index % 8, "GET", "/flash", cookie)));
    assert.is(flashes.filter((flash) => flash === '{"notice":"Once"}').length, 1);
    assert.is(flashes.filter((flash) => flash === "{}").length, 39);

    const slow = times(40, (index) => ask(index % 8, "POST", "/slow", cookie));
    const counting = times(400, (index) => ask(index % 8, "POST", "/count", cookie));
    await pause(100);
    await ask(4, "POST", "/end", cookie);
    assert.equal(await session(5), {});
    await Promise.all([...slow, ...counting]);
    assert.equal(
      await Promise.all(times(8, session)),
      times(8, () => ({})),
    );
  });
}

const sentence = (where: string) =>
  `eight processes share a session in ${where}: none of 8,000 changes is lost, a flash is seen once, and it stays ended`;

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

test(sentence("SQLite"), async () => {
  const folder = mkdtempSync(join(tmpdir(), "composure-sqlite-"));
  try {
    await assertShared("sqlite", join(folder, "sessions.db"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
