/** What the stores hold and how much they do, for whoever has to choose a machine: bytes of a session, calls a second. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onCore } from "./cores.js";
import { withDatabases } from "./databases.js";
import { atEnd, temporaryFolder } from "./leftovers.js";
import { figureTables } from "./report.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const sessions = 100_000;

/** Where `npm run sqlite` puts better-sqlite3. */
const beside = here("../.build/node_modules");
const isBuiltIn = process.getBuiltinModule("node:sqlite") !== undefined;

/** What database-store.js is told, and the database that it needs; SQLite is what the store would open a file with. */
const kinds = [
  { name: "Redis, by `redis`", kind: "redis", database: "redis" },
  { name: "Redis, by `ioredis`", kind: "ioredis", database: "redis" },
  { name: "PostgreSQL", kind: "postgres", database: "postgres" },
  { name: "PostgreSQL, unlogged", kind: "unlogged", database: "postgres" },
  { name: `SQLite, by \`${isBuiltIn ? "node:sqlite" : "better-sqlite3"}\``, kind: "sqlite" },
];

const hasSqlite = isBuiltIn || existsSync(`${beside}/better-sqlite3`);

/** The way to the database; null where there is none. */
async function wayTo({ database }, databaseOf) {
  if (database === undefined) return hasSqlite ? { NODE_PATH: beside } : null;
  const running = await databaseOf(database);
  return running === null ? null : running.envAt(running.port);
}

/** A process of its own for each store, in a folder of its own: what one has made warm would help the next. */
async function measuredApart(kind, way, { rounds, seconds }) {
  const { folder, remove } = temporaryFolder(kind);
  const numbers = [sessions, rounds, seconds].map(String);
  const [program, ...args] = onCore(0, process.execPath, here("database-store.js"), kind, ...numbers);
  const run = promisify(execFile)(program, args, { cwd: folder, env: { ...process.env, ...way } });
  const kill = atEnd(() => run.child.kill("SIGKILL"));
  try {
    return JSON.parse((await run).stdout);
  } finally {
    kill();
    remove();
  }
}

/** On a database of its own, as those that were filled before go on tidying up. */
const rowsOf = ({ name, kind, ...needs }, turns) =>
  withDatabases(async (databaseOf) => {
    const way = await wayTo(needs, databaseOf);
    if (way === null) {
      console.log(`${name} is left out: it is not installed`);
      return [];
    }
    const figures = await measuredApart(kind, way, turns);
    return Object.entries(figures).map(([at, figure]) => ({ group: "store", name, at, ...figure }));
  });

/** Runs, prints and gives rows `{ group, name, at, value, unit }`. */
export async function stores(turns) {
  const rows = [];
  for (const kind of kinds) rows.push(...(await rowsOf(kind, turns)));
  console.log(figureTables(rows));
  return rows;
}
