/** Session records in this process's memory: bounded, in the order of their use, and freed when their time is over. */
import { setImmediate } from "node:timers/promises";
import { wrong } from "../errors.js";
import { jsonMap } from "../json.js";
import type { Keep, SessionRecord, SessionStore } from "../types.js";

/** A record in the ring of all records: `newer` goes towards the one used last, `older` towards the one used longest ago. */
type Entry = {
  readonly id: string;
  record: SessionRecord;
  /** When its time is over, in milliseconds since 1970. */
  until: number;
  older: Entry;
  newer: Entry;
};

/** How often a round frees expired records, in milliseconds: well within the minute that is promised. */
const pause = 20_000;
/** How many records a round looks at before it lets other work go on. */
const slice = 1_000;

/** The place in an empty ring where its two ends meet; it holds no record. */
function emptyRing(): Entry {
  const end = { id: "", record: {}, until: Number.POSITIVE_INFINITY } as Entry;
  end.older = end;
  end.newer = end;
  return end;
}

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

const untilOf = ({ ttl }: Keep): number =>
  ttl === undefined ? Number.POSITIVE_INFINITY : Date.now() + ttl * 1000;

const isOver = (entry: Entry): boolean => entry.until <= Date.now();

export type MemoryOptions = {
  /** How many records are kept at most; past it, the one used longest ago goes first. Default 100,000. */
  readonly max?: number;
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
  const entries = new Map<string, Entry>();
  const end = emptyRing();
  let timer: NodeJS.Timeout | undefined;

  const forget = (entry: Entry): void => {
    takeOut(entry);
    entries.delete(entry.id);
  };

  /** The entry under an id, used just now; undefined if there is none or its time is over. */
  const use = (id: string): Entry | undefined => {
    const entry = entries.get(id);
    if (entry === undefined || isOver(entry)) return undefined;
    takeOut(entry);
    putLast(end, entry);
    return entry;
  };

  /** Frees what is over. Records that come while it lets other work go on are looked at as well. */
  const free = async (): Promise<void> => {
    let looked = 0;
    for (const entry of entries.values()) {
      if (isOver(entry)) forget(entry);
      if (++looked % slice === 0) await setImmediate(undefined, { ref: false });
    }
    if (entries.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  /** Sees to it that rounds are made. They never keep the process alive, and an empty store makes none. */
  const watch = (): void => {
    timer ??= setInterval(free, pause).unref();
  };

  const renew = (entry: Entry, keep: Keep): void => {
    entry.until = untilOf(keep);
    if (keep.ttl !== undefined) watch();
  };

  return {
    get size() {
      return entries.size;
    },
    read: (id) => use(id)?.record ?? null,
    create(id, record, keep) {
      const entry: Entry = { id, record: jsonMap("memoryStore", record), until: 0, older: end, newer: end };
      const before = entries.get(id);
      if (before !== undefined) forget(before);
      entries.set(id, entry);
      putLast(end, entry);
      renew(entry, keep);
      if (entries.size > max) forget(end.newer);
    },
    update(id, change, keep) {
      const entry = use(id);
      if (entry === undefined) return false;
      entry.record = jsonMap("memoryStore", change(entry.record));
      renew(entry, keep);
      return true;
    },
    delete(id) {
      const entry = entries.get(id);
      if (entry !== undefined) forget(entry);
    },
    touch(id, keep) {
      const entry = use(id);
      if (entry !== undefined) renew(entry, keep);
    },
  };
}
