/** A file opened with the SQLite that is there: Node's own, else that of the package better-sqlite3. */
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { SqliteDatabase } from "./database.js";
import { explained, isBusy } from "./failure.js";
import { type Statements, statementsOf } from "./statements.js";

/** A database with the table in it. */
export type Opened = {
  readonly sql: Statements;
  /** Whether other processes can open it too. */
  readonly isShared: boolean;
  /** Takes out of the log beside the file what was deleted. */
  readonly tidy: () => void;
  readonly close: () => void;
};

type Constructor = new (filename: string) => SqliteDatabase;

function load(): Constructor {
  const own = process.getBuiltinModule("node:sqlite") as { DatabaseSync: Constructor } | undefined;
  if (own !== undefined) return own.DatabaseSync;
  try {
    return createRequire(import.meta.url)("better-sqlite3");
  } catch (cause) {
    const hint = "Run npm install better-sqlite3@12, or use Node 22.13 or newer";
    const message = `sqliteStore: expected node:sqlite or the package better-sqlite3, got neither. ${hint}`;
    throw new Error(message, { cause });
  }
}

/** Makes the file where there is none, for its owner alone; SQLite gives those that it puts beside it the same mode. */
function make(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    const hint = "Its folder must be there, and the process must be able to write to both";
    throw new Error(`sqliteStore: ${path} cannot be opened: ${(cause as Error).message}. ${hint}`, { cause });
  }
}

/** How long it may take that other processes open the file too, in milliseconds: as nothing is served yet, they are waited for. */
const atStart = 5_000;

const sleep = (milliseconds: number): unknown =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Does it again while others are at it: SQLite itself does not wait where two change the journal's mode at once. */
function patiently<T>(work: () => T): T {
  const until = performance.now() + atStart;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
      sleep(20);
    }
  }
}

const whileOpening = `
  PRAGMA busy_timeout = ${atStart};
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
`;

/** How long, in milliseconds, a call holds up this process where another is writing. */
const whenOpen = "PRAGMA busy_timeout = 10";

/** A database in memory has no file, and neither has a temporary one. */
function isInFile(database: SqliteDatabase): boolean {
  const main = database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").get();
  return (main as { readonly file?: unknown } | undefined)?.file !== "";
}

const tidy = "PRAGMA wal_checkpoint(TRUNCATE)";

/** Opens a file, or with ":memory:" a database that is gone with the process. */
export function openFile(filename: string, table: string): Opened {
  const Database = load();
  const path = filename === ":memory:" ? filename : resolve(filename);
  if (path !== ":memory:") make(path);
  const database = new Database(path);
  try {
    const sql = patiently(() => {
      database.exec(whileOpening);
      return statementsOf(database, table);
    });
    database.exec(whenOpen);
    return {
      sql,
      isShared: isInFile(database),
      tidy: () => database.exec(tidy),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw explained(error, path);
  }
}

const nothing = (): void => {};

/** Takes a database that is open as it is: its settings and its end are its owner's. */
export function takeOpen(database: SqliteDatabase, table: string): Opened {
  try {
    return {
      sql: statementsOf(database, table),
      isShared: isInFile(database),
      tidy: nothing,
      close: nothing,
    };
  } catch (error) {
    throw explained(error);
  }
}
