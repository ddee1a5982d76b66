/** The table of sessions, and all that is said to it. */
import type { SqliteDatabase, SqliteStatement } from "./database.js";

/** Times are milliseconds since 1970; `expires` is null where a record is kept for good. */
const schemaOf = (table: string): string => `
  CREATE TABLE IF NOT EXISTS "${table}" (
    id TEXT PRIMARY KEY NOT NULL,
    record TEXT NOT NULL,
    subject TEXT,
    label TEXT,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    expires INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "${table}_subject" ON "${table}" (subject) WHERE subject IS NOT NULL;
  CREATE INDEX IF NOT EXISTS "${table}_expires" ON "${table}" (expires) WHERE expires IS NOT NULL;
`;

/** How many expired records are deleted at once. */
export const batch = 200;

const living = "(expires IS NULL OR expires > ?)";

const textsOf = (table: string) => ({
  read: `SELECT record FROM "${table}" WHERE id = ? AND ${living}`,
  create: `INSERT OR REPLACE INTO "${table}" (id, record, subject, created, label, seen, expires)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  update: `UPDATE "${table}" SET record = ?, label = ?, seen = ?, expires = ? WHERE id = ?`,
  touch: `UPDATE "${table}" SET label = ?, seen = ?, expires = ? WHERE id = ? AND ${living}`,
  delete: `DELETE FROM "${table}" WHERE id = ?`,
  sessionsOf: `SELECT id, created, seen, label FROM "${table}" WHERE subject = ? AND ${living} ORDER BY seen DESC`,
  deleteAllOf: `DELETE FROM "${table}" WHERE subject = ?`,
  anyExpired: `SELECT 1 FROM "${table}" WHERE expires <= ? LIMIT 1`,
  sweep: `DELETE FROM "${table}" WHERE rowid IN
    (SELECT rowid FROM "${table}" WHERE expires <= ? LIMIT ${batch})`,
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
});

export type Statements = { readonly [Name in keyof ReturnType<typeof textsOf>]: SqliteStatement };

/** Makes the table where there is none, and prepares what is said to it. */
export function statementsOf(database: SqliteDatabase, table: string): Statements {
  database.exec(schemaOf(table));
  const prepared = Object.entries(textsOf(table)).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared);
}
