/** The SQLite that is here: Node's own, that of better-sqlite3 beside the specs, and a newer Node beside them. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { SqliteDatabase } from "../../lib/sqlite.js";
import { temporary } from "./child.js";
import { lib } from "./module.js";

type Constructor = new (path: string, options?: object) => SqliteDatabase;

const own = process.getBuiltinModule("node:sqlite") as { DatabaseSync: Constructor } | undefined;

/** It may be there, and built for another Node. */
function better(): Constructor | undefined {
  try {
    const Database: Constructor = createRequire(import.meta.url)("better-sqlite3");
    new Database(":memory:").close();
    return Database;
  } catch {
    return undefined;
  }
}

/** By the name of the library, what opens a database. */
export const libraries = Object.entries({
  "node:sqlite": own?.DatabaseSync,
  "better-sqlite3": better(),
}).flatMap(([name, Database]) => (Database === undefined ? [] : [{ name, Database }]));

export const hasOwn = own !== undefined;
export const hasSqlite = libraries.length > 0;

/** Says that a spec cannot run: `if (hasSqlite) test(…); else skipSqlite("sessions in SQLite")`. */
export const skipSqlite = (what: string): void =>
  console.log(`skipped: ${what}: no SQLite in this Node, and no better-sqlite3; npm run sqlite installs it`);

const newer = ".build/newer/node_modules/node/bin/node";
export const newerNode = existsSync(newer) ? newer : undefined;

/** Opens a database of the kind that a store would choose. */
export function openDatabase(path: string, options = {}): SqliteDatabase {
  const { Database } = libraries[0]!;
  return new Database(path, options);
}

/** The same for one that may only be read. */
export const openToRead = (path: string): SqliteDatabase =>
  openDatabase(path, hasOwn ? { readOnly: true } : { readonly: true });

/** A folder of its own for each spec, gone when the process is. */
export function folder(): (name: string) => string {
  const path = temporary("sqlite");
  return (name) => join(path, name);
}

/** A module that has `sqliteStore` and `path`. */
export const moduleOn = (path: string, code: string): string =>
  `import { sqliteStore } from ${lib("sqlite")};\nconst path = ${JSON.stringify(path)};\n${code}`;
