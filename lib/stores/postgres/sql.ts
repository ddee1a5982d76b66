/** What the store says to PostgreSQL, as text made of the name of its table. Time is PostgreSQL's: all processes share it. */
import { hash } from "node:crypto";
import { wrong } from "../../errors.js";

export type Place = {
  readonly table: string;
  readonly schema?: string | undefined;
};

/** PostgreSQL cuts names to 63 bytes, in silence, and those of the indexes are the table's and more. */
const lengths = { schema: 63, table: 63 - "_expires".length };

/** Refuses what cannot be the name of a table or schema. */
export function checkName(option: keyof typeof lengths, name: unknown): void {
  const longest = lengths[option];
  const isName = typeof name === "string" && name !== "" && name.isWellFormed() && !name.includes("\0");
  if (isName && Buffer.byteLength(name) <= longest) return;
  throw wrong("postgresStore", `a name of 1 to ${longest} bytes as "${option}"`, name);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const tableOf = ({ table, schema }: Place): string =>
  schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;

/** The number of the lock that migrating and sweeping take turns by. */
const lockOf = (place: Place): bigint =>
  Buffer.from(hash("sha256", `composure ${tableOf(place)}`), "hex").readBigInt64BE();

/** The table and its indexes, as they also stand in docs/postgres.md. */
export const schemaOf = (place: Place, unlogged: boolean): string => `\
CREATE ${unlogged ? "UNLOGGED " : ""}TABLE IF NOT EXISTS ${tableOf(place)} (
  id text COLLATE "C" PRIMARY KEY,
  record jsonb NOT NULL,
  version bigint NOT NULL,
  subject text COLLATE "C",
  label text,
  created timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS ${quoted(`${place.table}_subject`)} ON ${tableOf(place)} (subject) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${quoted(`${place.table}_expires`)} ON ${tableOf(place)} (expires);
`;

/** Sent as one text without values, so that it is one transaction. `IF NOT EXISTS` alone fails for two at once. */
export const migrationOf = (place: Place, unlogged: boolean): string =>
  `SELECT pg_advisory_xact_lock(${lockOf(place)});\n${schemaOf(place, unlogged)}`;

/** How many records a sweep removes by one statement: it holds their locks for some milliseconds. */
export const batch = 1_000;

const until = (seconds: string): string => `coalesce(now() + make_interval(secs => ${seconds}), 'infinity')`;
const milliseconds = (time: string): string =>
  `(extract(epoch FROM ${time}) * 1000)::bigint::text AS ${time}`;

/** Not `now()`, for which PostgreSQL may read the whole index on `expires` while it has no statistics of the table. */
const living = "expires > clock_timestamp()";

/** All that is read comes as text, as the types of a pool's values are the user's to set. */
export function statementsOf(place: Place) {
  const table = tableOf(place);
  const found = `id = $1 AND ${living}`;
  return {
    find: "SELECT to_regclass($1)::text AS found",
    read: `SELECT record::text, version::text FROM ${table} WHERE ${found}`,
    readAll: `SELECT id, record::text, version::text FROM ${table} WHERE id = ANY ($1) AND ${living}`,
    create: `\
INSERT INTO ${table} (id, record, version, subject, label, created, seen, expires)
VALUES ($1, $2::jsonb, $3, $4, $5, now(), now(), ${until("$6")})
ON CONFLICT (id) DO UPDATE SET record = excluded.record, version = excluded.version, subject = excluded.subject,
  label = excluded.label, created = excluded.created, seen = excluded.seen, expires = excluded.expires`,
    set: `\
UPDATE ${table} SET record = $3::jsonb, version = version + 1, label = $4, seen = now(), expires = ${until("$5")}
WHERE ${found} AND version = $2`,
    setAll: `\
UPDATE ${table} AS kept SET record = made.record::jsonb, version = kept.version + 1, label = made.label, seen = now(),
  expires = ${until("made.seconds")}
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::float8[]) AS made (id, base, record, label, seconds)
WHERE kept.id = made.id AND kept.version = made.base AND kept.${living}
RETURNING kept.id`,
    touch: `UPDATE ${table} SET label = $2, seen = now(), expires = ${until("$3")} WHERE ${found}`,
    touchAll: `\
UPDATE ${table} AS kept SET label = made.label, seen = now(), expires = ${until("made.seconds")}
FROM unnest($1::text[], $2::text[], $3::float8[]) AS made (id, label, seconds)
WHERE kept.id = made.id AND kept.${living}`,
    delete: `DELETE FROM ${table} WHERE id = $1`,
    list: `\
SELECT id, label, ${milliseconds("created")}, ${milliseconds("seen")}
FROM ${table} AS kept WHERE subject = $1 AND ${living} ORDER BY kept.seen DESC`,
    deleteAll: `DELETE FROM ${table} WHERE subject = $1`,
    sweep: `\
DELETE FROM ${table} WHERE id = ANY (ARRAY(
  SELECT id FROM ${table} WHERE expires <= now() AND (SELECT pg_try_advisory_xact_lock(${lockOf(place)}))
  ORDER BY expires LIMIT ${batch} FOR UPDATE SKIP LOCKED
))`,
  };
}

export type Statements = ReturnType<typeof statementsOf>;
