/**
 * Sessions kept on the server: their ids, and what a write means while other requests of the session are under way.
 *
 * Every change of a session is one atomic update of its record, and only of a record that is there: so none is lost,
 * and none brings a deleted session back.
 */
import { hash, randomBytes } from "node:crypto";
import { then } from "../decorate.js";
import { show } from "../errors.js";
import { json } from "../json.js";
import type { Awaitable, JsonMap, Keep, SessionRecord, SessionStore } from "../types.js";
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
  readonly subject: (kept: Kept) => string | undefined;
};

/** An id carries 192 random bits. */
const makeId = (): string => randomBytes(24).toString("base64url");
const isId = (cookie: string): boolean => /^[\w-]{32}$/.test(cookie);

/** A store sees only this, so that whoever reads its records cannot take over a session. */
const hashed = (id: string): string => hash("sha256", id, "base64url");

/** What stands under an old id until it is deleted: the session is dead there, whoever is still writing. */
const moved = Object.freeze({ moved: true });
const isMoved = (record: SessionRecord): boolean => record.moved === true;

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
  try {
    return change(record as Kept);
  } catch (error) {
    return { next: record, failure: { error } };
  }
}

/** The keeper of sessions in a store. */
export function storedSessions({ store, deadline, subject, ...lasting }: StoredOptions): Keeper {
  const ask = <T>(call: string, fn: () => Awaitable<T>): Awaitable<T> => asked(call, deadline, fn);

  const keep = (kept: Kept): Keep => {
    const [ttl, whose] = [secondsLeft(kept, lasting), subject(kept)];
    return { ...(ttl !== undefined && { ttl }), ...(whose !== undefined && { subject: whose }) };
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
    const done = ask("update", () => then(store.update(id, replace, { ...keep(held), held }), written));
    return then(done, (change) => {
      if (last.failure !== undefined) throw last.failure.error;
      return change;
    });
  };

  const begin = (kept: Kept): Awaitable<{ readonly cookie: string }> => {
    const cookie = makeId();
    const created = ask("create", () => store.create(hashed(cookie), frozen(kept), keep(kept)));
    return then(created, () => ({ cookie }));
  };

  const forget = (id: string): Awaitable<void> => ask("delete", () => store.delete(id));

  /**
   * A session whose record is the mark by now goes on under a new id. The mark is asked for once more when that is
   * there: a logout meanwhile has deleted it, and wins.
   */
  const move = (id: string, kept: Kept): Awaitable<Outcome> =>
    then(begin(kept), (begun) =>
      then(
        ask("update", () => store.update(id, (mark) => mark, keep(kept))),
        (stands): Awaitable<Outcome> =>
          stands
            ? then(forget(id), () => begun)
            : then(forget(hashed(begun.cookie)), () => "refused" as const),
      ),
    );

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
        return moves ? { next: moved, taken: next } : { next: frozen(next) };
      };
      return then(update(found.id, found.kept, change), (done) => {
        if (done === null) return "refused";
        if (done.taken === undefined) return { cookie: found.cookie };
        return move(found.id, done.taken);
      });
    },

    renew({ cookie, id, kept }) {
      if (!isDue(kept, lasting)) return null;
      const renewed: Awaitable<unknown> = store.touch
        ? ask("touch", () => store.touch?.(id, keep(kept)))
        : ask("update", () => store.update(id, (record) => record, { ...keep(kept), held: kept }));
      return then(renewed, () => ({ cookie }));
    },
  };
}
