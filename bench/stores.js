/** What the stores hold and how much they do, for whoever has to choose a machine: bytes of a session, calls a second. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, idOf, recordOf } from "./records.js";
import { figureTables } from "./report.js";
import { ioredis, nodeRedis, pgPool } from "./servers/clients.js";

const sessions = 100_000;
/** Calls that wait at the same time, and the seconds that they go on. */
const inFlight = 64;
const seconds = 3;
const ttl = 86_400;

async function onRedis(client, forgetAll) {
  const { redisStore } = await import("../dist/redis.js");
  await forgetAll(client);
  return {
    store: redisStore(client),
    bytes: async () => Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))[1]),
    close: () => client.quit(),
  };
}

async function onPostgres(table, unlogged) {
  const { postgresStore } = await import("../dist/postgres.js");
  const pool = await pgPool();
  const store = postgresStore(pool, { table, unlogged });
  await store.migrate();
  const size = `select pg_total_relation_size('${table}') as bytes`;
  return {
    store,
    bytes: async () => Number((await pool.query(size)).rows[0].bytes),
    close: () => pool.end(),
  };
}

async function onSqlite() {
  const folder = mkdtempSync(join(tmpdir(), "composure-bench-sqlite-"));
  const remove = () => rmSync(folder, { recursive: true });
  try {
    const { sqliteStore } = await import("../dist/sqlite.js");
    const store = sqliteStore(join(folder, "sessions.db"));
    const close = () => {
      store.close();
      remove();
    };
    const sizes = () => readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    return { store, bytes: () => sizes().reduce((sum, size) => sum + size, 0), close };
  } catch (error) {
    remove();
    return { missing: error.message };
  }
}

/** Each opens a store that is empty, and tells what all of it takes; or why there is none. */
const kinds = [
  {
    name: "Redis, by `redis`",
    database: "redis",
    open: async () => onRedis(await nodeRedis(), (client) => client.flushAll()),
  },
  {
    name: "Redis, by `ioredis`",
    database: "redis",
    open: async () => onRedis(await ioredis(), (client) => client.flushall()),
  },
  { name: "PostgreSQL", database: "postgres", open: () => onPostgres("logged", false) },
  { name: "PostgreSQL, unlogged", database: "postgres", open: () => onPostgres("unlogged", true) },
  { name: "SQLite", open: onSqlite },
];

/** Makes calls, so many at a time, as long as there is another one; `next` gives undefined in the end. */
async function all(next) {
  const goOn = async () => {
    for (let call = next(); call !== undefined; call = next()) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, goOn));
}

/** Fills a store; each session has an owner of its own where there is a `name` for them. */
async function fill({ store }, first, name) {
  let index = first;
  const end = first + sessions;
  const keepOf = (at) => (name === undefined ? { ttl } : { ttl, subject: `${name}-${at}` });
  await all(() => {
    const at = index++;
    return at < end ? () => store.create(idOf(at), recordOf(at), keepOf(at)) : undefined;
  });
}

/** Calls a second, for ids all over the store. */
async function rate(call) {
  let calls = 0;
  const begun = performance.now();
  await all(() => {
    if (performance.now() - begun >= seconds * 1000) return undefined;
    const id = idOf((calls++ * 7919) % sessions);
    return () => call(id);
  });
  return (calls * 1000) / (performance.now() - begun);
}

/** Gives what it takes in bytes for each session that `change` adds. */
async function growth({ bytes }, change) {
  const before = await bytes();
  await change();
  return ((await bytes()) - before) / sessions;
}

/** As a request does it: what was read is changed. */
const change = (store) => async (id) => {
  const held = await store.read(id);
  if (!(await store.update(id, counted, { ttl, held }))) throw new Error(`expected a session under ${id}`);
};

async function measured(name, opened) {
  const { store } = opened;
  const row = (at, value, unit) => ({ group: "store", name, at, value, unit });
  return [
    row("a session", await growth(opened, () => fill(opened, 0)), "bytes"),
    row("reads", await rate((id) => store.read(id)), "/s"),
    row("reads and changes", await rate(change(store)), "/s"),
    row("a session with a subject", await growth(opened, () => fill(opened, sessions, "user")), "bytes"),
  ];
}

async function rowsOf({ name, database, open }, databaseOf) {
  const running = database === undefined ? {} : await databaseOf(database);
  if (running === null) return leftOut(name, "it is not installed");
  Object.assign(process.env, running.envAt?.(running.port));
  const opened = await open();
  if (opened.missing !== undefined) return leftOut(name, opened.missing);
  try {
    return await measured(name, opened);
  } finally {
    await opened.close();
  }
}

function leftOut(name, reason) {
  console.log(`${name} is left out: ${reason}`);
  return [];
}

/** Runs, prints and gives rows `{ group, name, at, value, unit }`. */
export async function stores(databaseOf) {
  const rows = [];
  for (const kind of kinds) rows.push(...(await rowsOf(kind, databaseOf)));
  console.log(figureTables(rows));
  return rows;
}
