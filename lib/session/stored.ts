/**
 * Sessions kept on the server: their ids, and what a write means while other requests of the session are under way.
 *
 * Every change of a session is one atomic update of its record, and only of a record that is there: so none is lost,
 * and none brings a deleted session back.
 */
import { rescue, then } from "../decorate.js";
import { show } from "../errors.js";
import { recent } from "../recent.js";
import type { Awaitable, JsonMap, SessionRecord, SessionStore } from "../types.js";
import type { Ask, Guard } from "./guard.js";
import { hashed, isId, makeId } from "./id.js";
import {
  type Found,
  isDue,
  isKept,
  type Keeper,
  type Kept,
  type Outcome,
  outlived,
  unflashed,
} from "./keeper.js";
import { type KeepingOptions, keeping } from "./keeping.js";
import { type Change, frozen, isMoved, mark, type Run, run, unmarked } from "./mark.js";
import { ignored, undoing } from "./undoing.js";

export type StoredOptions = KeepingOptions & {
  readonly store: SessionStore;
  readonly guard: Guard;
};

const noFlash: JsonMap = Object.freeze({});

/** The keeper of sessions in a store. */
export function storedSessions({ store, guard, ...options }: StoredOptions): Keeper {
  const { ask, insist } = guard;
  const { keep, relabel } = keeping(options);
  const undoable = undoing(ask);
  /** When sessions were renewed by this process: a touch leaves no trace in the record. */
  const renewals = recent<number>(10_000);

  const readable = (record: SessionRecord | null | undefined): Kept | null => {
    if (record === null || record === undefined || isMoved(record)) return null;
    if (isKept(record)) return outlived(record, options) ? null : frozen(record);
    throw new TypeError(`store.read: expected a record as it was kept, or null, got ${show(record)}`);
  };

  const read = (id: string): Awaitable<Kept | null> =>
    ask("store.read", () => then(store.read(id), readable));

  /**
   * One atomic update; null where the session is gone. A request that was answered 503 meanwhile changes nothing any
   * more: the store may ask for the change later, and is given the record as it is. What remains unknown is a write
   * that had been sent by then, which the store may still apply; a mark that may be written so is taken off.
   *
   * The label is of what the run makes of the record, so that it is right for the run that counts.
   */
  const update = (id: string, held: Kept, change: (kept: Kept) => Change): Awaitable<Change | null> => {
    const how = keep(held, held);
    let last: Run = { next: held, refused: true };
    const written = (done: unknown): Change | null => {
      if (typeof done !== "boolean")
        throw new TypeError(`store.update: expected true or false, got ${show(done)}`);
      return !done || last.refused ? null : last;
    };
    const send = (isGivenUp: () => boolean): Awaitable<Change | null> => {
      const step = (kept: Kept): Change => {
        const done = isGivenUp() ? { next: kept } : change(kept);
        relabel(how, (done.taken ?? done.next) as Kept);
        return done;
      };
      const replace = (record: SessionRecord): SessionRecord => {
        last = run(step, record);
        return last.next;
      };
      return then(store.update(id, replace, how), written);
    };
    const undo = (): Awaitable<unknown> =>
      !last.refused && isMoved(last.next) ? unmark(id, last.next) : undefined;
    return then(undoable("store.update", send, undo), (change) => {
      if (last.failure !== undefined) throw last.failure.error;
      return change;
    });
  };

  /** A record that nobody knows the id of, as its making failed, is not left there. */
  const begin = (kept: Kept): Awaitable<{ readonly cookie: string }> => {
    const [cookie, record, how] = [makeId(), frozen(kept), keep(kept)];
    const id = hashed(cookie);
    const created = undoable(
      "store.create",
      () => store.create(id, record, how),
      () => forget(insist, id),
    );
    return then(created, () => ({ cookie }));
  };

  const forget = (asking: Ask, id: string): Awaitable<void> => asking("store.delete", () => store.delete(id));

  /** Deletes what no cookie opens. It is tried twice: what stays all the same dies with its time. */
  const discard = (id: string): Awaitable<unknown> => {
    const forgotten = () => forget(insist, id);
    return ignored(() => rescue(forgotten, forgotten)(undefined));
  };

  /** An update of a mark, which answers only whether there is a record. */
  const rewritten = (
    id: string,
    marked: SessionRecord,
    change = (record: SessionRecord) => record,
  ): Awaitable<boolean> => {
    const how = keep(marked.before as Kept);
    return insist("store.update", () => store.update(id, change, how));
  };

  const unmark = (id: string, marked: SessionRecord): Awaitable<boolean> =>
    rewritten(id, marked, unmarked(marked));

  /**
   * A session whose record is the mark by now goes on under a new id; where the store fails before that is certain, the
   * session stays. The mark is asked for once more when the new record is there: a logout meanwhile has deleted it,
   * and wins.
   */
  const move = (id: string, { next: marked, taken }: Required<Change>): Awaitable<Outcome> => {
    const stay = (error: unknown): Awaitable<never> =>
      then(
        ignored(() => unmark(id, marked)),
        () => {
          throw error;
        },
      );
    return then(rescue(begin, stay)(taken), (begun) => {
      const other = hashed(begun.cookie);
      const goBack = (error: unknown): Awaitable<never> => {
        discard(other);
        return stay(error);
      };
      const isMarked = () => rewritten(id, marked);
      return then(rescue(isMarked, goBack)(undefined), (isThere) =>
        then(discard(isThere ? id : other), (): Outcome => (isThere ? begun : "refused")),
      );
    });
  };

  /** The flash goes to the one request whose update takes it out of the record. */
  const consumed = (cookie: string, id: string, kept: Kept): Awaitable<Found | null> => {
    if (kept.flash === undefined) return { cookie, id, kept, flash: noFlash };
    const take = (now: Kept): Change => ({ next: frozen(unflashed(now)), taken: now });
    return then(
      update(id, kept, take),
      (change) => change && { cookie, id, kept: change.next as Kept, flash: change.taken?.flash ?? noFlash },
    );
  };

  /** Not by the answer of an update, which is true of a mark, too. */
  const stands = ({ id }: Found): Awaitable<boolean> => then(read(id), (kept) => kept !== null);

  const touch = ({ id, kept }: Found): Awaitable<unknown> => {
    if (store.touch === undefined) return update(id, kept, (now) => ({ next: now }));
    const how = keep(kept);
    return ask("store.touch", () => store.touch?.(id, how));
  };

  return {
    begin,
    stands,
    end: (cookie) => (isId(cookie) ? forget(ask, hashed(cookie)) : undefined),

    find(cookie) {
      if (!isId(cookie)) return null;
      const id = hashed(cookie);
      return then(read(id), (kept) => kept && consumed(cookie, id, kept));
    },

    change({ id, cookie, kept }, plan) {
      const change = (now: Kept): Change => {
        const { next, moves } = plan(now);
        return moves ? { next: frozen(mark(now)), taken: next } : { next: frozen(next) };
      };
      return then(update(id, kept, change), (done) => {
        if (done === null) return "refused";
        return done.taken === undefined ? { cookie } : move(id, done as Required<Change>);
      });
    },

    renew(found) {
      const { cookie, id, kept } = found;
      if (options.expires === undefined) return null;
      const before = Math.max(kept.renewed, renewals.get(id) ?? 0);
      if (!isDue({ renewed: before }, options)) return null;
      const failed = (error: unknown): never => {
        renewals.set(id, before);
        throw error;
      };
      // Already now: of a hundred requests that come at once one is enough.
      renewals.set(id, Date.now());
      return then(rescue(touch, failed)(found), () => ({ cookie }));
    },
  };
}
