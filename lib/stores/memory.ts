/** Session records in this process's memory: bounded, in the order of their use, and freed when their time is over. */
import { wrong } from "../errors.js";
import { jsonMap } from "../json.js";
import { isAlone, type Linked, putLast, takeOut } from "../ring.js";
import type { Keep, SessionRecord, SubjectStore } from "../types.js";
import { inMemory } from "../unshared.js";
import { expiry, type Timed } from "./memory/expiry.js";
import { spreadMaps } from "./memory/maps.js";
import { listed, type Owned, see, whose } from "./memory/whose.js";
import { checkSubject } from "./subject.js";

/** A record in the ring of all records, in the order of their use. */
class Entry implements Timed<Entry>, Linked<Entry> {
  until = Number.POSITIVE_INFINITY;
  before: Entry = this;
  after: Entry = this;
  older: Entry = this;
  newer: Entry = this;
  owned: Owned | undefined = undefined;
  constructor(
    readonly id: string,
    public record: SessionRecord,
  ) {}
}

/** What holds the two ends of a ring together. */
const makeEnd = (): Entry => new Entry("", {});

/** Ids are hashes, so that one character tells them apart. */
const numberOf = (id: string): number => id.charCodeAt(0);

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
export function memoryStore({ max = 100_000 }: MemoryOptions = {}): SubjectStore & { readonly size: number } {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw wrong("memoryStore", 'a positive whole number as "max"', max, "It is the number of records kept");
  }
  const mapOf = spreadMaps<Entry>(numberOf);
  const index = whose();
  let size = 0;
  const end = makeEnd();

  const forget = (entry: Entry): void => {
    takeOut(entry);
    times.remove(entry);
    if (entry.owned !== undefined) index.remove(entry.owned);
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

  /** Notes that a record was written or renewed. */
  const renew = (entry: Entry, keep: Keep, now: number): void => {
    times.renew(entry, untilOf(keep, now));
    if (entry.owned !== undefined) see(entry.owned, keep, now);
  };

  const isLiving = (id: string, now: number): boolean => (mapOf(id).get(id)?.until ?? 0) > now;

  return inMemory({
    get size() {
      return size;
    },
    read: (id) => use(id, Date.now())?.record ?? null,
    create(id, record, keep) {
      const now = Date.now();
      const entry = new Entry(id, jsonMap("memoryStore", record));
      remove(id);
      entry.owned = index.add(id, keep.subject, now);
      mapOf(id).set(id, entry);
      size += 1;
      putLast(end, entry);
      renew(entry, keep, now);
      if (size > max) forget(end.newer);
    },
    update(id, change, keep) {
      const now = Date.now();
      const entry = use(id, now);
      if (entry === undefined) return false;
      const record = jsonMap("memoryStore", change(entry.record));
      // The change may have ended the session by itself.
      if (isAlone(entry)) return false;
      entry.record = record;
      renew(entry, keep, now);
      return true;
    },
    delete: remove,
    touch(id, keep) {
      const now = Date.now();
      const entry = use(id, now);
      if (entry !== undefined) renew(entry, keep, now);
    },
    sessionsOf(subject) {
      checkSubject("memoryStore", subject);
      const now = Date.now();
      return listed(index.of(subject).filter(({ id }) => isLiving(id, now)));
    },
    deleteAllOf(subject) {
      checkSubject("memoryStore", subject);
      for (const { id } of index.of(subject)) remove(id);
    },
  });
}
