/** Session records in a table of PostgreSQL, shared by all processes. */
import { checkNames, wrong } from "../errors.js";
import { jsonMap } from "../json.js";
import { randomBytes } from "../random.js";
import type { SessionEntry, SubjectStore } from "../types.js";
import { optimistic } from "./optimistic.js";
import { type Ask, asking, type PostgresPool, type Row } from "./postgres/ask.js";
import { recordsOf } from "./postgres/records.js";
import { checkName, migrationOf, statementsOf, tableOf } from "./postgres/sql.js";
import { sweeping } from "./postgres/sweep.js";
import { jsonbOf, subjectOf } from "./postgres/values.js";
import { secondsOf } from "./seconds.js";
import { checkSubject } from "./subject.js";
import { textOrNull, wordsOf } from "./words.js";

export type PostgresOptions = {
  /** The name of the table, as it is: quoted where it is used. Default "composure_sessions". */
  readonly table?: string | undefined;
  /** The schema of the table; none: where the connection looks for it. */
  readonly schema?: string | undefined;
  /** Whether `migrate` makes a table that is faster to write and empty after a crash of PostgreSQL. Default false. */
  readonly unlogged?: boolean | undefined;
};

export type PostgresStore = SubjectStore & {
  /** Makes the table and its indexes where there is no such table; any number of processes may call it at once. */
  readonly migrate: () => Promise<void>;
};

const checkOptions = ({ table, schema, unlogged }: PostgresOptions): void => {
  checkName("table", table);
  if (schema !== undefined) checkName("schema", schema);
  if (typeof unlogged !== "boolean") throw wrong("postgresStore", 'true or false as "unlogged"', unlogged);
};

function checkPool(pool: unknown): void {
  if (typeof (pool as PostgresPool | null | undefined)?.query === "function") return;
  const hint = "For example new Pool({ connectionString: process.env.DATABASE_URL })";
  throw wrong("postgresStore", "a pool of the package pg", pool, hint);
}

/** The pools that are listened to already: several stores may share one. */
const heard = new WeakSet<PostgresPool>();

/**
 * A pool tells of each idle connection that breaks, and Node ends a process in which nobody listens. The pool has let
 * go of it by then, and the next call tells its own error; so there is nothing to do.
 */
function survive(pool: PostgresPool): void {
  if (!heard.has(pool)) pool.on?.("error", () => {});
  heard.add(pool);
}

/** Versions begin anywhere: a record has none of those that another under its id has had. */
const firstVersion = (): number => randomBytes(6).readUIntBE(0, 6);

const entryOf = ({ id, created, seen, label }: Row): SessionEntry => ({
  id: String(id),
  created: Number(created),
  seen: Number(seen),
  ...(typeof label === "string" && { label: wordsOf(label) }),
});

/**
 * A store that keeps records in a table of PostgreSQL, through a `Pool` of the package pg, which stays the user's:
 * it is never ended here. Records whose time is over are removed within a minute, by one process at a time.
 *
 * Options: `table` ("composure_sessions"), `schema` (none), `unlogged` (false).
 *
 * Errors: a TypeError for a wrong pool or option. Its calls reject with the errors of pg, and never try again where
 * it is not known what has happened.
 *
 * `const store = postgresStore(new Pool({ connectionString })); await store.migrate(); withSession({ type: store })`
 */
export function postgresStore(pool: PostgresPool, options: PostgresOptions = {}): PostgresStore {
  checkPool(pool);
  checkNames("postgresStore", options, ["table", "schema", "unlogged"]);
  const { table = "composure_sessions", schema, unlogged = false } = options;
  checkOptions({ table, schema, unlogged });
  survive(pool);
  const place = { table, schema };
  const name = tableOf(place);
  const sql = statementsOf(place);
  const prepared = asking(pool, name);
  const sweep = sweeping(pool, prepared(sql.sweep));
  const ask = (text: string): Ask => {
    const asked = prepared(text);
    return (...values) => {
      sweep();
      return asked(...values);
    };
  };
  const [find, create, forget] = [ask(sql.find), ask(sql.create), ask(sql.delete)];
  const [list, forgetAll] = [ask(sql.list), ask(sql.deleteAll)];
  const { touch, ...records } = recordsOf(ask, sql);

  return {
    ...optimistic(records),
    async create(id, record, keep) {
      const { subject } = keep;
      const whose = subject === undefined ? null : subjectOf(subject);
      const text = jsonbOf(jsonMap("postgresStore", record));
      await create(id, text, firstVersion(), whose, textOrNull(keep.label), secondsOf(keep));
    },
    async delete(id) {
      await forget(id);
    },
    touch,
    async sessionsOf(subject) {
      checkSubject("postgresStore", subject);
      const { rows } = await list(subjectOf(subject));
      return rows.map(entryOf);
    },
    async deleteAllOf(subject) {
      checkSubject("postgresStore", subject);
      const whose = subjectOf(subject);
      // Deleting does not see what was written since it began, and it may have waited for the lock of a session that was
      // just moving to a new id: to delete none says nothing. To read waits for nobody.
      do await forgetAll(whose);
      while ((await list(whose)).rows.length > 0);
    },
    async migrate() {
      const { rows } = await find(name);
      if (rows[0]?.found === null) await pool.query({ text: migrationOf(place, unlogged) });
    },
  };
}
