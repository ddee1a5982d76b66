/** Session records in this process's memory: bounded, in the order of their use, and freed when their time is over. */
import { wrong } from "../errors.js";
import { jsonMap } from "../json.js";
import type { Keep, SessionRecord, SessionStore } from "../types.js";
import { inMemory } from "../unshared.js";
import { expiry, type Timed } from "./memory/expiry.js";

/** A record in the ring of all records: `newer` goes towards the one used last, `older` towards the one used longest ago. */
class Entry implements Timed<Entry> {
  until = Number.POSITIVE_INFINITY;
  before: Entry = this;
  after: Entry = this;
  older: Entry = this;
  newer: Entry = this;
  constructor(
    readonly id: string,
    public record: SessionRecord,
  ) {}
}

/** What holds the two ends of a ring together. */
const makeEnd = (): Entry => new Entry("", {});

function takeOut({ older, newer }: Entry): void {
  older.newer = newer;
  newer.older = older;
}

function putLast(end: Entry, entry: Entry): void {
  entry.older = end.older;
  entry.newer = end;
  end.older.newer = entry;
  end.older = entry;
}

/**
 * Maps that share the records, by the first character of their ids: a single one of a million stops everything for
 * 0.2 s when it grows, and so it does when it shrinks.
 */
function spreadMaps(): (id: string) => Map<string, Entry> {
  const maps = Array.from({ length: 128 }, () => new Map<string, Entry>());
  return (id) => maps[id.charCodeAt(0) & 127] as Map<string, Entry>;
}

const untilOf = ({ ttl }: Keep, now: number): number =>
  ttl === undefined ? Number.POSITIVE_INFINITY : now + ttl * 1000;

export type MemoryOptions = {
  /** How many records are kept at most; past it, the one used longest ago goes first. Default 100,000. */
  readonly max?: number | undefined;
};

/**
 * A store that keeps records in memory, for as long as the process lives. Reading a record counts as using it.
 * `size` is the number of records held; expired ones are freed within a minute.
 *
 * `withSession({ type: memoryStore({ max: 10_000 }), expires: 600 })`
 *
 * The ring is there because a Map in the order of use has to step over the holes that deletes leave at its front:
 * 80 µs for each record past a `max` of 100,000, where the ring takes two.
 *
 * @throws TypeError where `max` is not a positive whole number.
 */
export function memoryStore({ max = 100_000 }: MemoryOptions = {}): SessionStore & { readonly size: number } {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw wrong("memoryStore", 'a positive whole number as "max"', max, "It is the number of records kept");
  }
  const mapOf = spreadMaps();
  let size = 0;
  const end = makeEnd();

  const forget = (entry: Entry): void => {
    takeOut(entry);
    times.remove(entry);
    mapOf(entry.id).delete(entry.id);
    size -= 1;
  };

  const times = expiry(makeEnd, forget);

  const remove = (id: string): void => {
    const entry = mapOf(id).get(id);
    if (entry !== undefined) forget(entry);
  };

  /** The entry under an id, used just now; undefined if there is none or its time is over. */
  const use = (id: string, now: number): Entry | undefined => {
    const entry = mapOf(id).get(id);
    if (entry === undefined || entry.until <= now) return undefined;
    takeOut(entry);
    putLast(end, entry);
    return entry;
  };

  return inMemory({
    get size() {
      return size;
    },
    read: (id) => use(id, Date.now())?.record ?? null,
    create(id, record, keep) {
      const entry = new Entry(id, jsonMap("memoryStore", record));
      remove(id);
      mapOf(id).set(id, entry);
      size += 1;
      putLast(end, entry);
      times.renew(entry, untilOf(keep, Date.now()));
      if (size > max) forget(end.newer);
    },
    update(id, change, keep) {
      const now = Date.now();
      const entry = use(id, now);
      if (entry === undefined) return false;
      entry.record = jsonMap("memoryStore", change(entry.record));
      times.renew(entry, untilOf(keep, now));
      return true;
    },
    delete: remove,
    touch(id, keep) {
      const now = Date.now();
      const entry = use(id, now);
      if (entry !== undefined) times.renew(entry, untilOf(keep, now));
    },
  });
}
