/**
 * Reading and updating for stores that compare and set: a record has a version, and is replaced only while it has
 * the one that the change began from.
 *
 * Changes of one record that are asked for while a write of it is under way go together in the next write: a
 * thousand of them at once take two, and only other processes can come in between.
 */
import { jsonMap } from "../json.js";
import type { Keep, SessionRecord, SessionStore } from "../types.js";
import type { Versioned, Versions } from "./versions.js";

/** What such a store asks its database. */
export type CompareAndSet = {
  /** Of the records that `get` and `set` give: `withSession` gives back the one that it has read. */
  readonly versions: Versions;
  /** The record as it is now; null if there is none or its time is over. */
  readonly get: (id: string) => Promise<Versioned | null>;
  /**
   * Replaces the record if its version is still `base`, which makes it `base + 1`, and gives "set"; else nothing is
   * written, and what is there now is given. Rejects where the outcome is not known: it is not asked again. Another
   * one of the same id may begin before one that seems lost has ended.
   */
  readonly set: (
    id: string,
    base: number,
    next: SessionRecord,
    keep: Keep,
  ) => Promise<Versioned | "set" | null>;
};

/** An update that waits for its write. */
type Waiting = {
  readonly change: (record: SessionRecord) => SessionRecord;
  readonly keep: Keep;
  readonly resolve: (isThere: boolean) => void;
  readonly reject: (error: unknown) => void;
};

/** The updates of an id: some are being written, since when; the others wait. */
type Line = { since: number; waiting: Waiting[] };

/**
 * Milliseconds after which a write is given up for lost, longer than anybody waits for an answer: some clients leave a
 * command without one for ever, whose connection was lost.
 */
const patience = 30_000;

/** What several changes make of a record, one on what the other left; one that fails leaves it as it was. */
function folded(updates: readonly Waiting[], record: SessionRecord) {
  const failures = new Map<Waiting, unknown>();
  const next = updates.reduce((left, update) => {
    try {
      return jsonMap("store.update", update.change(left));
    } catch (error) {
      failures.set(update, error);
      return left;
    }
  }, record);
  return { next, failures };
}

/** Answers each update as it went, and passes on what they have left. */
function settled(updates: readonly Waiting[], failures: Map<Waiting, unknown>, left: Versioned | null) {
  for (const update of updates) {
    if (failures.has(update)) update.reject(failures.get(update));
    else update.resolve(true);
  }
  return left;
}

/** `read` and `update` of a session store, made of a database's get and set. */
export function optimistic({
  versions,
  get,
  set,
}: CompareAndSet): Required<Pick<SessionStore, "read" | "update">> {
  /** By each id that is being written. */
  const lines = new Map<string, Line>();

  const heldBy = ({ keep: { held } }: Waiting): Versioned | null => {
    const version = versions.of(held);
    return version === undefined ? null : { record: held as SessionRecord, version };
  };

  /** Writes some updates as one, on `base` or on what has taken its place. Gives the record that it leaves. */
  async function written(id: string, updates: readonly Waiting[], base: Versioned | null) {
    const { keep } = updates.at(-1) as Waiting;
    let now = base ?? (await get(id));
    while (now !== null) {
      const { next, failures } = folded(updates, now.record);
      // Nothing to write: an error counts if the record is there still, and still what it came of.
      const answer = failures.size < updates.length ? await set(id, now.version, next, keep) : await get(id);
      if (answer === "set") return settled(updates, failures, { record: next, version: now.version + 1 });
      if (failures.size === updates.length && answer?.version === now.version)
        return settled(updates, failures, now);
      now = answer;
    }
    for (const { resolve } of updates) resolve(false);
    return null;
  }

  async function writeAll(id: string, line: Line): Promise<void> {
    let base: Versioned | null = null;
    while (line.waiting.length > 0) {
      const updates = line.waiting;
      line.waiting = [];
      line.since = performance.now();
      try {
        base = await written(id, updates, base ?? heldBy(updates[0] as Waiting));
      } catch (error) {
        base = null;
        for (const { reject } of updates) reject(error);
      }
    }
    if (lines.get(id) === line) lines.delete(id);
  }

  function begin(id: string, waiting: Waiting[]): void {
    const line = { since: 0, waiting };
    lines.set(id, line);
    writeAll(id, line);
  }

  function enqueue(id: string, update: Waiting): void {
    const line = lines.get(id);
    if (line === undefined) begin(id, [update]);
    else if (performance.now() - line.since < patience) line.waiting.push(update);
    else begin(id, [...line.waiting.splice(0), update]);
  }

  return {
    read: async (id) => (await get(id))?.record ?? null,
    update: (id, change, keep) =>
      new Promise((resolve, reject) => enqueue(id, { change, keep, resolve, reject })),
  };
}
