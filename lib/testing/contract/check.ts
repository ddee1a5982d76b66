/** What a check of a store is, and what all checks are made with. */
import assert from "node:assert/strict";
import { setImmediate, setTimeout } from "node:timers/promises";
import { randomBytes } from "../../random.js";
import type { Awaitable, Keep, SessionRecord, SessionStore } from "../../types.js";

/** What a check has besides its store. */
export type World = {
  /** Lets so many seconds go by for the store. */
  readonly later: (seconds: number) => Promise<void>;
  /** Makes another store, on the same records where the stores share them. */
  readonly another: () => Promise<SessionStore>;
};

export type Check = {
  readonly name: string;
  /** The simpler checks that it builds on. Where one of them fails too, the failure is left to that one. */
  readonly needs: readonly Check[];
  /** Rejects where the store breaks the contract. */
  readonly run: (store: SessionStore, world: World) => Promise<void>;
};

export const check = (name: string, needs: readonly Check[], run: Check["run"]): Check => ({
  name,
  needs,
  run,
});

/** An id that no store has seen, like those that withSession makes: a SHA-256 in base64url. */
export const freshId = (): string => randomBytes(32).toString("base64url");

export const ada: SessionRecord = { name: "Ada" };

/** Has the store keep a record under a new id, and gives the id. */
export async function kept(store: SessionStore, record: SessionRecord, keep: Keep = {}): Promise<string> {
  const id = freshId();
  await store.create(id, record, keep);
  return id;
}

/** Renews a record's time as withSession does: a store without touch is asked for an update that changes nothing. */
export async function touch(store: SessionStore, id: string, keep: Keep): Promise<void> {
  if (store.touch === undefined) await store.update(id, (record) => record, keep);
  else await store.touch(id, keep);
}

/** Does something that many times, all begun before any is finished. */
export async function atOnce(times: number, work: (index: number) => unknown): Promise<void> {
  await Promise.all(Array.from({ length: times }, async (_, index) => work(index)));
}

/** Deletes records at several moments of some work on them, and expects them to be gone. */
export async function assertDeleteWins(
  store: SessionStore,
  work: (id: string) => unknown,
  keep: Keep = {},
): Promise<void> {
  for (const turns of [0, 1, 2, 3, 4]) {
    const id = await kept(store, ada, keep);
    await Promise.all([(async () => work(id))(), afterTurns(turns).then(() => store.delete(id))]);
    assert.equal(await store.read(id), null);
  }
}

async function afterTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** Times in seconds: one that ends within a check, and one that does not. */
export const short = 1;
export const long = 60;

/** Lets a short time be over. */
export const shortIsOver = ({ later }: World): Promise<void> => later(1.2);
/** Waits a little, so that what would be lost at once is lost. */
export const aMoment = (): Promise<void> => setTimeout(100);
/** Waits until a clock that counts milliseconds shows another time. */
export const aTick = (): Promise<void> => setTimeout(20);

/** Waits for what may never come. */
export async function inTime(work: Awaitable<unknown>): Promise<void> {
  const answered = new AbortController();
  const late = setTimeout(3_000, undefined, answered);
  await Promise.race([
    work,
    late.then(() => assert.fail("expected an answer within three seconds, got none")),
  ]);
  answered.abort();
}
