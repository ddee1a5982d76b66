/**
 * Sessions kept on the server: their ids, and what a write means while other requests of the session are under way.
 *
 * Every change of a session is one atomic update of its record, and only of a record that is there: so none is lost,
 * and none brings a deleted session back.
 */
import { rescue, then } from "../decorate.js";
import { show } from "../errors.js";
import { recent } from "../recent.js";
import type { Awaitable, JsonMap, Keep, Session, SessionRecord, SessionStore } from "../types.js";
import type { Ask, Guard } from "./guard.js";
import { hashed, isId, makeId } from "./id.js";
import {
  type Found,
  isDue,
  isKept,
  type Keeper,
  type Kept,
  type Lasting,
  type Outcome,
  outlived,
  secondsLeft,
  unflashed,
} from "./keeper.js";
import { type Change, frozen, isMoved, mark, type Run, run, unmarked } from "./mark.js";
import { ignored, undoing } from "./undoing.js";

export type StoredOptions = Lasting & {
  readonly store: SessionStore;
  readonly guard: Guard;
  readonly subject: (session: Session) => string | undefined;
  /** The user's own words for a session; undefined where there are none for any. */
  readonly label?: ((session: Session) => string | undefined) | undefined;
  /** Whether the cookie outlasts the browser, so that renewing must tell whether the session is still there. */
  readonly lasts: boolean;
};

const noFlash: JsonMap = Object.freeze({});

/** The keeper of sessions in a store. */
export function storedSessions({ store, guard, subject, label, lasts, ...lasting }: StoredOptions): Keeper {
  const { ask, insist } = guard;
  const undoable = undoing(ask);
  /** When sessions were renewed by this process: a touch leaves no trace in the record. */
  const renewals = recent<number>(10_000);

  /** How a session is kept: under its own subject, and the label of what is made of it. */
  const keep = (kept: Kept, held?: Kept, becomes = kept): Keep => {
    const how: { -readonly [Name in keyof Keep]: Keep[Name] } = {};
    const ttl = secondsLeft(kept, lasting);
    const whose = subject(kept.session);
    const words = label?.(becomes.session);
    if (ttl !== undefined) how.ttl = ttl;
    if (whose !== undefined) how.subject = whose;
    if (words !== undefined) how.label = words;
    if (held !== undefined) how.held = held;
    return how;
  };

  const readable = (record: SessionRecord | null | undefined): Kept | null => {
    if (record === null || record === undefined || isMoved(record)) return null;
    if (isKept(record)) return outlived(record, lasting) ? null : frozen(record);
    throw new TypeError(`store.read: expected a record as it was kept, or null, got ${show(record)}`);
  };

  /**
   * One atomic update; null where the session is gone. A request that was answered 503 meanwhile changes nothing any
   * more: the store may ask for the change later, and is given the record as it is. What remains unknown is a write
   * that had been sent by then, which the store may still apply; a mark that may be written so is taken off.
   */
  const update = (
    id: string,
    how: Keep,
    held: Kept,
    change: (kept: Kept) => Change,
  ): Awaitable<Change | null> => {
    let last: Run = { next: held, refused: true };
    const written = (done: unknown): Change | null => {
      if (typeof done !== "boolean")
        throw new TypeError(`store.update: expected true or false, got ${show(done)}`);
      return !done || last.refused ? null : last;
    };
    const send = (isGivenUp: () => boolean): Awaitable<Change | null> => {
      const replace = (record: SessionRecord): SessionRecord => {
        last = isGivenUp() ? { next: record, refused: true } : run(change, record);
        return last.next;
      };
      return then(store.update(id, replace, how), written);
    };
    const undo = (): Awaitable<unknown> =>
      !last.refused && isMoved(last.next) ? unmark(id, how, last.next) : undefined;
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

  /** An update that answers only whether there is a record. */
  const stands = (
    asking: Ask,
    id: string,
    how: Keep,
    change = (record: SessionRecord) => record,
  ): Awaitable<boolean> => asking("store.update", () => store.update(id, change, how));

  const unmark = (id: string, how: Keep, marked: SessionRecord): Awaitable<boolean> =>
    stands(insist, id, how, unmarked(marked));

  /**
   * A session whose record is the mark by now goes on under a new id; where the store fails before that is certain, the
   * session stays. The mark is asked for once more when the new record is there: a logout meanwhile has deleted it,
   * and wins.
   */
  const move = (id: string, how: Keep, { next: marked, taken }: Required<Change>): Awaitable<Outcome> => {
    const stay = (error: unknown): Awaitable<never> =>
      then(
        ignored(() => unmark(id, how, marked)),
        () => {
          throw error;
        },
      );
    return then(rescue(begin, stay)(taken), (begun) => {
      const other = hashed(begun.cookie);
      const goBack = (error: unknown): Awaitable<never> => {
        ignored(() => forget(insist, other));
        return stay(error);
      };
      return then(rescue(() => stands(insist, id, how), goBack)(undefined), (isThere): Awaitable<Outcome> => {
        if (!isThere) return then(forget(insist, other), () => "refused" as const);
        // The mark alone is dead; whatever it holds dies with its time.
        const forgotten = rescue(
          () => forget(insist, id),
          () => forget(insist, id),
        );
        return then(
          ignored(() => forgotten(undefined)),
          () => begun,
        );
      });
    });
  };

  /** The flash goes to the one request whose update takes it out of the record. */
  const consumed = (cookie: string, id: string, kept: Kept): Awaitable<Found | null> => {
    if (kept.flash === undefined) return { cookie, id, kept, flash: noFlash };
    const take = (now: Kept): Change => ({ next: frozen(unflashed(now)), taken: now });
    return then(
      update(id, keep(kept, kept), kept, take),
      (change) => change && { cookie, id, kept: change.next as Kept, flash: change.taken?.flash ?? noFlash },
    );
  };

  return {
    begin,
    end: (cookie) => (isId(cookie) ? forget(ask, hashed(cookie)) : undefined),

    find(cookie) {
      if (!isId(cookie)) return null;
      const id = hashed(cookie);
      const kept = ask("store.read", () => then(store.read(id), readable));
      return then(kept, (kept) => kept && consumed(cookie, id, kept));
    },

    change({ id, cookie, kept }, plan) {
      const change = (now: Kept): Change => {
        const { next, moves } = plan(now);
        return moves ? { next: frozen(mark(now)), taken: next } : { next: frozen(next) };
      };
      const how = keep(kept, kept, label && plan(kept).next);
      return then(update(id, how, kept, change), (done) => {
        if (done === null) return "refused";
        return done.taken === undefined ? { cookie } : move(id, keep(kept), done as Required<Change>);
      });
    },

    renew({ cookie, id, kept }) {
      if (lasting.expires === undefined) return null;
      if (!isDue({ renewed: renewals.get(id) ?? kept.renewed }, lasting)) return null;
      renewals.set(id, Date.now());
      if (store.touch && !lasts) {
        const how = keep(kept);
        return then(
          ask("store.touch", () => store.touch?.(id, how)),
          () => ({ cookie }),
        );
      }
      return then(stands(ask, id, keep(kept, kept)), (isThere) => (isThere ? { cookie } : "refused"));
    },
  };
}
