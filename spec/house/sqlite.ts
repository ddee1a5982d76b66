/** The SQLite that is here: Node's own, that of better-sqlite3 beside the specs, and a newer Node beside them. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqliteDatabase } from "../../lib/sqlite.js";
import { cleanEnv, type Ended, run } from "./child.js";

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
  const path = mkdtempSync(join(tmpdir(), "composure-sqlite-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return (name) => join(path, name);
}

const door = new URL("../../lib/sqlite.js", import.meta.url);

/** A program that has `sqliteStore` and `path`. */
export const programOn = (path: string, code: string): string[] => [
  "--input-type=module",
  "-e",
  `const { sqliteStore } = await import("${door}"); const path = ${JSON.stringify(path)};\n${code}`,
];

export const runOn = (path: string, code: string): Promise<Ended> =>
  run(process.execPath, programOn(path, code), { cwd: ".", limit: 30, env: cleanEnv() });
