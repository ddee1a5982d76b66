/** Records of a table, read, replaced and renewed: by one statement those that are asked for at the same time. */
import type { Keep } from "../../types.js";
import type { CompareAndSet } from "../optimistic.js";
import { secondsOf } from "../seconds.js";
import { type Versioned, versionsOf } from "../versions.js";
import { textOrNull } from "../words.js";
import { type Ask, isOfOneRow, type Row } from "./ask.js";
import type { Statements } from "./sql.js";
import { together } from "./together.js";
import { jsonbOf, jsonOf } from "./values.js";

type Label = string | null;
type Seconds = number | null;
type Replacing = readonly [id: string, base: number, record: string, label: Label, seconds: Seconds];
type Renewing = readonly [id: string, label: Label, seconds: Seconds];
type Values = readonly [id: string, ...unknown[]];

/** Each id once: what else there is of the same id must wait for what became of the first. */
const isFirst = ([id]: Replacing, index: number, all: readonly Replacing[]): boolean =>
  all.findIndex(([other]) => other === id) === index;

/** In one order, so that two processes do not wait for each other's rows. */
const byId = ([one]: Values, [other]: Values): number => (one < other ? -1 : 1);

/** An array for each column. */
const columnsOf = (rows: readonly Values[]): unknown[][] =>
  (rows[0] as Values).map((_, column) => rows.map((row) => row[column]));

export type Records = CompareAndSet & {
  readonly touch: (id: string, keep: Keep) => Promise<void>;
};

/** What a store that compares and sets asks of a table. */
export function recordsOf(ask: (text: string) => Ask, sql: Statements): Records {
  const [read, readAll, set, setAll] = [ask(sql.read), ask(sql.readAll), ask(sql.set), ask(sql.setAll)];
  const [touch, touchAll] = [ask(sql.touch), ask(sql.touchAll)];
  const versions = versionsOf("postgresStore");

  const versionedOf = (row: Row | undefined): Versioned | null =>
    row === undefined ? null : versions.read(jsonOf(String(row.record)), Number(row.version));

  const get = together<string, Versioned | null>({
    isOfOne: isOfOneRow,
    async one(id) {
      const { rows } = await read(id);
      return versionedOf(rows[0]);
    },
    async all(ids) {
      const { rows } = await readAll(ids);
      const found = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => versionedOf(found.get(id)));
    },
  });

  const isReplaced = together<Replacing, boolean>({
    isOfOne: isOfOneRow,
    async one(replacing) {
      const { rowCount } = await set(...replacing);
      return rowCount === 1;
    },
    async all(replacing) {
      const { rows } = await setAll(...columnsOf(replacing.filter(isFirst).toSorted(byId)));
      const done = new Set(rows.map(({ id }) => id));
      return replacing.map((one, index) => done.has(one[0]) && isFirst(one, index, replacing));
    },
  });

  const renew = together<Renewing, unknown>({
    isOfOne: isOfOneRow,
    one: (renewing) => touch(...renewing),
    async all(renewing) {
      await touchAll(...columnsOf(renewing.toSorted(byId)));
      return [];
    },
  });

  return {
    versions,
    get,
    async set(id, base, next, keep) {
      const replacing = [id, base, jsonbOf(next), textOrNull(keep.label), secondsOf(keep)] as const;
      return (await isReplaced(replacing)) ? "set" : get(id);
    },
    async touch(id, keep) {
      await renew([id, textOrNull(keep.label), secondsOf(keep)]);
    },
  };
}
