/** The door of `composure/postgres`. */
export type { PostgresPool } from "./stores/postgres/ask.js";
export { type PostgresOptions, type PostgresStore, postgresStore } from "./stores/postgres.js";
