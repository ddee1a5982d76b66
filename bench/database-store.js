/**
 * A store outside of its process, with so many sessions in it, asked for some rounds of some seconds:
 * `node database-store.js redis 100000 5 1` prints its figures as JSON. The environment names the database; SQLite's
 * file is in the working directory.
 */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { counted, idOf, recordOf } from "./records.js";
import { median } from "./report.js";
import { ioredis, nodeRedis, pgPool } from "./servers/clients.js";

const [, , kind, ...numbers] = process.argv;
const [sessions, rounds, seconds] = numbers.map(Number);

/** Calls that wait at the same time. */
const inFlight = 64;
/** Calls that nobody counts: the first thousands of a process take three times as long, until Node has compiled what they run. */
const warmUp = 20_000;
const ttl = 86_400;

async function onRedis(client) {
  const { redisStore } = await import("../dist/redis.js");
  return {
    store: redisStore(client),
    bytes: async () => Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))[1]),
    close: () => client.quit(),
  };
}

async function onPostgres(unlogged) {
  const { postgresStore } = await import("../dist/postgres.js");
  const pool = await pgPool();
  const store = postgresStore(pool, { unlogged });
  await store.migrate();
  const size = "select pg_total_relation_size('composure_sessions') as bytes";
  return {
    store,
    bytes: async () => Number((await pool.query(size)).rows[0].bytes),
    async settle() {
      await pool.query("vacuum analyze");
      await pool.query("checkpoint");
    },
    close: () => pool.end(),
  };
}

async function onSqlite() {
  const { sqliteStore } = await import("../dist/sqlite.js");
  const file = "sessions.db";
  const store = sqliteStore(file);
  const Database =
    process.getBuiltinModule("node:sqlite")?.DatabaseSync ?? createRequire(import.meta.url)("better-sqlite3");
  const database = new Database(file);
  /** What is in the log beside the file comes into it. */
  const settle = () => database.exec("pragma wal_checkpoint(truncate)");
  const bytes = () => {
    settle();
    return statSync(file).size;
  };
  const close = () => {
    database.close();
    store.close();
  };
  return { store, bytes, settle, close };
}

/**
 * Each opens a store that is empty, tells what all of it takes, and where there is work that it would do in its own
 * time, does that.
 */
const kinds = {
  redis: async () => onRedis(await nodeRedis()),
  ioredis: async () => onRedis(await ioredis()),
  postgres: () => onPostgres(false),
  unlogged: () => onPostgres(true),
  sqlite: onSqlite,
};

/** Made before anything is measured, as a hash takes a while. */
const ids = Array.from({ length: 2 * sessions }, (_, index) => idOf(index));

/** Makes calls, so many at a time, as long as there is another one; `next` gives undefined in the end. */
async function all(next) {
  const goOn = async () => {
    for (let call = next(); call !== undefined; call = next()) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, goOn));
}

/** Adds sessions from this one on. */
async function fill(store, first, keepOf) {
  let index = first;
  const end = first + sessions;
  await all(() => {
    const at = index++;
    return at < end ? () => store.create(ids[at], recordOf(at), keepOf(at)) : undefined;
  });
}

/** What it takes in bytes for each of the sessions that `add` adds. */
async function weightOf({ bytes }, add) {
  const before = await bytes();
  await add();
  return ((await bytes()) - before) / sessions;
}

/** Makes calls for ids of all the sessions that were added first, while they go on. Gives how many. */
async function callWhile(goesOn, call) {
  let calls = 0;
  await all(() => {
    if (!goesOn(calls)) return undefined;
    const id = ids[(calls++ * 7919) % sessions];
    return () => call(id);
  });
  return calls;
}

/** Calls a second. */
async function rateOf(call) {
  const begun = performance.now();
  const calls = await callWhile(() => performance.now() - begun < seconds * 1000, call);
  return (calls * 1000) / (performance.now() - begun);
}

async function medianRate(call) {
  await callWhile((calls) => calls < warmUp, call);
  const rates = [];
  for (let round = 0; round < rounds; round++) rates.push(await rateOf(call));
  return median(rates);
}

/** As a request does it: what was read is changed. */
const changing = (store) => async (id) => {
  const held = await store.read(id);
  if (!(await store.update(id, counted, { ttl, held }))) throw new Error(`expected a session under ${id}`);
};

/** Both are weighed before anything is changed: a session may fill the room that a change has left. */
async function measured({ store, settle, ...opened }) {
  const alone = await weightOf(opened, () => fill(store, 0, () => ({ ttl })));
  const owned = await weightOf(opened, () => fill(store, sessions, (at) => ({ ttl, subject: `user-${at}` })));
  await settle?.();
  return {
    "a session": { value: alone, unit: "bytes" },
    "a session with a subject": { value: owned, unit: "bytes" },
    reads: { value: await medianRate((id) => store.read(id)), unit: "/s" },
    "reads and changes": { value: await medianRate(changing(store)), unit: "/s" },
  };
}

const opened = await kinds[kind]();
console.log(JSON.stringify(await measured(opened)));
await opened.close();
