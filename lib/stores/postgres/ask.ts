/** Statements, asked of PostgreSQL through the user's pool. */
import { hash } from "node:crypto";

type Statement = { readonly text: string; readonly name?: string };
type Query = Statement & { values?: unknown[] };
/** A row whose columns were asked for as text. */
export type Row = { readonly [column: string]: string | null };
type Answer = { readonly rows: readonly Row[]; readonly rowCount: number | null };

/** As much of a `Pool` of the package pg as the store needs. */
export type PostgresPool = {
  query(query: Query): Promise<Answer>;
  on?(event: "error", listener: (error: Error) => void): unknown;
  /** Whether `end` was called. */
  readonly ending?: boolean;
};

export type Ask = (...values: unknown[]) => Promise<Answer>;

/** PostgreSQL's codes of errors: appendix A of its manual. */
const lostRace: ReadonlySet<unknown> = new Set(["40001", "40P01"]);
const notPrepared: ReadonlySet<unknown> = new Set(["26000", "42P05"]);
const noTable = "42P01";

/** A statement that loses a race over and over gives up in the end; its request has been answered by then. */
const mostTries = 20;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

/**
 * Whether an error may come of one row of many, and nothing was done: by its values (classes 22, 23, 44 and 54, and P0 of
 * a trigger) or by a lock on it (55P03).
 */
export const isOfOneRow = (error: unknown): boolean =>
  /^(?:22|23|44|54|P0|55P03)/.test(String(codeOf(error)));

/** The same text has the same name in all processes, as a pooler may share one connection between them. */
const named = (text: string): Statement => ({
  name: `composure_${hash("sha256", text).slice(0, 16)}`,
  text,
});

const explained = (error: unknown, table: string): unknown => {
  if (codeOf(error) !== noTable) return error;
  const message = `postgresStore: there is no table ${table}. Call await store.migrate() before, once`;
  return new Error(message, { cause: error });
};

/**
 * Makes functions of statements. Each is prepared once per connection, which halves what it costs PostgreSQL, until
 * an error says that a pooler between us and PostgreSQL does not keep what was prepared.
 *
 * A lost race (of transactions that are serializable, or a deadlock) has changed nothing and is run again; so is a
 * statement that was not found prepared. After any other error it is not known what has happened, so it comes out.
 */
export function asking(pool: PostgresPool, table: string): (text: string) => Ask {
  let prepares = true;

  const send = async (statement: Statement, values: unknown[]): Promise<Answer> => {
    const { name, text } = statement;
    try {
      return await pool.query(name === undefined ? { text, values } : { name, text, values });
    } catch (error) {
      if (name === undefined || !notPrepared.has(codeOf(error))) throw error;
      prepares = false;
      return send({ text }, values);
    }
  };

  return (text) => {
    const prepared = named(text);
    return async (...values) => {
      for (let tries = 1; ; tries++) {
        try {
          return await send(prepares ? prepared : { text }, values);
        } catch (error) {
          if (tries === mostTries || !lostRace.has(codeOf(error))) throw explained(error, table);
        }
      }
    };
  };
}
