/**
 * Sessions kept on the server: their ids, and what a write means while other requests of the session are under way.
 *
 * Every change of a session is one atomic update of its record, and only of a record that is there: so none is lost,
 * and none brings a deleted session back.
 */
import { hash } from "node:crypto";
import { rescue, then } from "../decorate.js";
import { show } from "../errors.js";
import { json } from "../json.js";
import { randomBytes } from "../random.js";
import { alone, recent } from "../recent.js";
import type { Awaitable, JsonMap, Keep, Session, SessionRecord, SessionStore } from "../types.js";
import { asked } from "./deadline.js";
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

export type StoredOptions = Lasting & {
  readonly store: SessionStore;
  /** Seconds that a call to the store may take. */
  readonly deadline: number;
  readonly subject: (session: Session) => string | undefined;
  /** Whether the cookie outlasts the browser, so that renewing must tell whether the session is still there. */
  readonly lasts: boolean;
};

/** An id carries 192 random bits. */
const makeId = (): string => randomBytes(24).toString("base64url");
const id = /^[\w-]{32}$/;
const isId = (cookie: string): boolean => id.test(cookie);

/** The hashes of ids seen lately: within a server one costs a tenth of a session that is read. */
const hashes = recent<string>(1000);

function freshlyHashed(id: string): string {
  const hashed = hash("sha256", id, "base64url");
  hashes.set(alone(id), hashed);
  return hashed;
}

/** A store sees only this, so that whoever reads its records cannot take over a session. */
const hashed = (id: string): string => hashes.get(id) ?? freshlyHashed(id);

/**
 * What stands under an old id until it is deleted: the session is dead there, whoever is still writing. It holds what
 * was there before, should the session find no new place.
 */
const mark = (before: Kept): SessionRecord => ({ moved: true, before });
const isMoved = (record: SessionRecord | null): boolean => record?.moved === true;

const frozen = (kept: SessionRecord): Kept => json("session", kept) as Kept;

const noFlash: JsonMap = Object.freeze({});

/** What one run of a change makes of a record. */
type Change = {
  readonly next: SessionRecord;
  /** What it took out: a flash, or a session that moves. */
  readonly taken?: Kept;
};
type Run = Change & { readonly refused?: true; readonly failure?: { readonly error: unknown } };

/** Runs a change; its errors are the handler's, and must not look like the store's on their way through it. */
function run(change: (kept: Kept) => Change, record: SessionRecord): Run {
  if (isMoved(record)) return { next: record, refused: true };
  if (!isKept(record))
    throw new TypeError(`store.update: expected to change a record as it was kept, got ${show(record)}`);
  try {
    return change(record);
  } catch (error) {
    return { next: record, failure: { error } };
  }
}

/** The keeper of sessions in a store. */
export function storedSessions({ store, deadline, subject, lasts, ...lasting }: StoredOptions): Keeper {
  /** When sessions were renewed by this process: a touch leaves no trace in the record. */
  const renewals = recent<number>(10_000);

  const ask = <T>(call: string, fn: () => Awaitable<T>): Awaitable<T> => asked(call, deadline, fn);

  const keep = (kept: Kept, held?: Kept): Keep => {
    const how: { -readonly [Name in keyof Keep]: Keep[Name] } = {};
    const ttl = secondsLeft(kept, lasting);
    const whose = subject(kept.session);
    if (ttl !== undefined) how.ttl = ttl;
    if (whose !== undefined) how.subject = whose;
    if (held !== undefined) how.held = held;
    return how;
  };

  const readable = (record: SessionRecord | null | undefined): Kept | null => {
    if (record === null || record === undefined || isMoved(record)) return null;
    if (isKept(record)) return outlived(record, lasting) ? null : frozen(record);
    throw new TypeError(`store.read: expected a record as it was kept, or null, got ${show(record)}`);
  };

  /** One atomic update; null where the session is gone. */
  const update = (id: string, held: Kept, change: (kept: Kept) => Change): Awaitable<Change | null> => {
    let last: Run = { next: held, refused: true };
    const replace = (record: SessionRecord): SessionRecord => {
      last = run(change, record);
      return last.next;
    };
    const written = (done: unknown): Change | null => {
      if (typeof done !== "boolean")
        throw new TypeError(`store.update: expected true or false, got ${show(done)}`);
      return done && last.refused === undefined ? last : null;
    };
    const done = ask("update", () => then(store.update(id, replace, keep(held, held)), written));
    return then(done, (change) => {
      if (last.failure !== undefined) throw last.failure.error;
      return change;
    });
  };

  const begin = (kept: Kept): Awaitable<{ readonly cookie: string }> => {
    const [cookie, record, how] = [makeId(), frozen(kept), keep(kept)];
    const created = ask("create", () => store.create(hashed(cookie), record, how));
    return then(created, () => ({ cookie }));
  };

  const forget = (id: string): Awaitable<void> => ask("delete", () => store.delete(id));

  /** An update that answers only whether there is a record. */
  const stands = (id: string, how: Keep, change = (record: SessionRecord) => record): Awaitable<boolean> =>
    ask("update", () => store.update(id, change, how));

  /** Puts back what the mark holds, where the store failed between the mark and the new record. */
  const putBack = (id: string, error: unknown, how: Keep): Awaitable<never> => {
    const unmarked = (record: SessionRecord) => (isMoved(record) ? (record.before as Kept) : record);
    const failed = (): never => {
      throw error;
    };
    return then(rescue(() => stands(id, how, unmarked), failed)(null), failed);
  };

  /**
   * A session whose record is the mark by now goes on under a new id. The mark is asked for once more when that is
   * there: a logout meanwhile has deleted it, and wins.
   */
  const move = (id: string, kept: Kept): Awaitable<Outcome> => {
    const how = keep(kept);
    const begun = rescue(begin, (error) => putBack(id, error, how))(kept);
    return then(begun, (begun) =>
      then(stands(id, how), (isThere): Awaitable<Outcome> => {
        if (!isThere) return then(forget(hashed(begun.cookie)), () => "refused" as const);
        return then(rescue(forget, notForgotten)(id), () => begun);
      }),
    );
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

  return {
    begin,
    end: (cookie) => (isId(cookie) ? forget(hashed(cookie)) : undefined),

    find(cookie) {
      if (!isId(cookie)) return null;
      const id = hashed(cookie);
      const kept = ask("read", () => then(store.read(id), readable));
      return then(kept, (kept) => kept && consumed(cookie, id, kept));
    },

    change(found, plan) {
      const change = (now: Kept): Change => {
        const { next, moves } = plan(now);
        return moves ? { next: frozen(mark(now)), taken: next } : { next: frozen(next) };
      };
      return then(update(found.id, found.kept, change), (done) => {
        if (done === null) return "refused";
        if (done.taken === undefined) return { cookie: found.cookie };
        return move(found.id, done.taken);
      });
    },

    renew({ cookie, id, kept }) {
      if (lasting.expires === undefined) return null;
      if (!isDue({ renewed: renewals.get(id) ?? kept.renewed }, lasting)) return null;
      renewals.set(id, Date.now());
      if (store.touch && !lasts)
        return then(
          ask("touch", () => store.touch?.(id, keep(kept))),
          () => ({ cookie }),
        );
      return then(stands(id, keep(kept, kept)), (isThere) => (isThere ? { cookie } : "refused"));
    },
  };
}

/** The mark alone is dead; whatever it holds dies with its time. */
const notForgotten = (error: unknown): void => {
  console.error("withSession: the record of an old id could not be deleted", error);
};
