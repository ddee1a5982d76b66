/** A database of SQLite as far as a store needs it: what node:sqlite and better-sqlite3 have in common. */
import { explaining } from "./failure.js";

export type SqliteStatement = {
  get(...values: (string | number | null)[]): unknown;
  all(...values: (string | number | null)[]): unknown[];
  run(...values: (string | number | null)[]): { readonly changes: number | bigint };
};

export type SqliteDatabase = {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
};

const hasMethods = (value: object): value is SqliteDatabase =>
  ["exec", "prepare", "close"].every((name) => typeof Reflect.get(value, name) === "function");

/** Whether it is a database that is open and answers at once: those of other packages have the same methods and call back. */
export function isDatabase(value: unknown): value is SqliteDatabase {
  if (typeof value !== "object" || value === null || !hasMethods(value)) return false;
  const answer = explaining(() => value.prepare("SELECT 1 AS one").get());
  return Number((answer as { readonly one?: unknown } | undefined)?.one) === 1;
}
