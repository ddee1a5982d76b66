/** A database of PostgreSQL for a file of specs: on a server that all files of a process share, or on one of its own. */
import pg from "pg";
import { type PostgresStore, postgresStore } from "../../lib/postgres.js";
import { type Closes, type Hooks, opening } from "./opening.js";
import { type Postgres, type PostgresSettings, startPostgres } from "./postgres.js";

export type PostgresOptions = {
  /** The most connections of the pool; default 8. */
  readonly max?: number;
  /** Settings of a server of its own, which the file may break. */
  readonly settings?: PostgresSettings;
};

export type PostgresDatabase = {
  readonly server: Postgres;
  readonly url: string;
  readonly pool: pg.Pool;
  /** Its table is made. */
  readonly store: PostgresStore;
  /** Another pool, ended with the file if not before. */
  readonly another: (config?: pg.PoolConfig) => pg.Pool;
};

/** The server that files share, and how many of them have not begun: it ends with the last one. */
let shared: Promise<Postgres> | undefined;
let toCome = 0;
let databases = 0;

async function serverOf(settings: PostgresSettings | undefined, closes: Closes): Promise<Postgres> {
  if (settings === undefined) {
    toCome -= 1;
    shared ??= startPostgres();
  }
  const server = await (settings === undefined ? shared! : startPostgres(settings));
  closes(async () => {
    if (settings !== undefined || toCome === 0) await server.remove();
  });
  return server;
}

/** The address of a new database. */
async function addDatabase({ url }: Postgres): Promise<string> {
  const name = `specs_${databases++}`;
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  return new URL(name, url).href;
}

/** `const postgres = postgresOf(test)`; in its tests there are `postgres.pool` and `postgres.store`. */
export function postgresOf(test: Hooks, { max = 8, settings }: PostgresOptions = {}): PostgresDatabase {
  if (settings === undefined) toCome += 1;
  return opening(test, async (closes) => {
    const server = await serverOf(settings, closes);
    const url = await addDatabase(server);
    const another = (config: pg.PoolConfig = {}): pg.Pool => {
      const pool = new pg.Pool({ connectionString: url, ...config });
      pool.on("error", () => {});
      closes(async () => {
        if (!pool.ending) await pool.end();
      });
      return pool;
    };
    const pool = another({ max });
    const store = postgresStore(pool);
    await store.migrate();
    return { server, url, pool, store, another };
  });
}
