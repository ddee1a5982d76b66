/** Records of a table, read and replaced: by one statement those that are asked for at the same time. */
import type { CompareAndSet, Versioned } from "../optimistic.js";
import { type Ask, isOfOneRow, type Row } from "./ask.js";
import type { Statements } from "./sql.js";
import { together } from "./together.js";
import { jsonbOf, labelOf, recordOf, secondsOf } from "./values.js";

/** The values of a statement that replaces a record. */
type Replacing = readonly [
  id: string,
  base: number,
  record: string,
  label: string | null,
  seconds: number | null,
];

const versionedOf = (row: Row | undefined): Versioned | null =>
  row === undefined ? null : { record: recordOf(String(row.record)), version: Number(row.version) };

/** Each id once: what else there is of the same id must wait for what became of the first. */
const isFirst = ([id]: Replacing, index: number, all: readonly Replacing[]): boolean =>
  all.findIndex(([other]) => other === id) === index;

/** In one order, so that two processes do not wait for each other's rows. */
const byId = ([one]: Replacing, [other]: Replacing): number => (one < other ? -1 : 1);

/** `get` and `set` of a store that compares and sets. */
export function recordsOf(ask: (text: string) => Ask, sql: Statements): CompareAndSet {
  const [read, readAll, set, setAll] = [ask(sql.read), ask(sql.readAll), ask(sql.set), ask(sql.setAll)];

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
      const sent = replacing.filter(isFirst).toSorted(byId);
      const { rows } = await setAll(...[0, 1, 2, 3, 4].map((column) => sent.map((one) => one[column])));
      const done = new Set(rows.map(({ id }) => id));
      return replacing.map((one, index) => done.has(one[0]) && isFirst(one, index, replacing));
    },
  });

  return {
    get,
    async set(id, base, next, keep) {
      const replacing = [id, base, jsonbOf(next), labelOf(keep), secondsOf(keep)] as const;
      return (await isReplaced(replacing)) ? "set" : get(id);
    },
  };
}
