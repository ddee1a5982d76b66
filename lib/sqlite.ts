/** The door of `composure/sqlite`. */
export type { SqliteDatabase, SqliteStatement } from "./stores/sqlite/database.js";
export { type SqliteOptions, type SqliteStore, sqliteStore } from "./stores/sqlite.js";
