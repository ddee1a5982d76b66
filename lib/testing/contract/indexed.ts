/** What the checks of an index of subjects are made with. A store without one passes them all. */
import assert from "node:assert/strict";
import type { Awaitable, Keep, SessionStore, SubjectStore } from "../../types.js";
import { ada, type Check, check, freshId, kept, type World } from "./check.js";

export const hasIndex = (store: SessionStore & Partial<SubjectStore>): store is SubjectStore =>
  store.sessionsOf !== undefined && store.deleteAllOf !== undefined;

export const indexCheck = (
  name: string,
  needs: readonly Check[],
  run: (store: SubjectStore, world: World) => Promise<void>,
): Check =>
  check(name, needs, async (store, world) => {
    if (hasIndex(store)) await run(store, world);
  });

/** A subject that no store has seen. */
export const freshSubject = freshId;

/** The ids of the sessions that a store lists, in its order. */
export const listed = async (store: SubjectStore, subject: string): Promise<string[]> =>
  (await store.sessionsOf(subject)).map(({ id }) => id);

/** Expects these sessions of a subject to be listed, in any order, and no others. */
export async function assertListed(
  store: SubjectStore,
  subject: string,
  ids: readonly string[],
): Promise<void> {
  assert.deepEqual((await listed(store, subject)).sort(), [...ids].sort());
}

/** Waits as long as so many calls to the store take, be it near or far. */
async function afterCalls(store: SessionStore, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) await store.read(freshId());
}

/** Does some works, each begun a call later than the one before, and signs out at some moment of that. */
export async function withSignOut<Result>(
  store: SessionStore,
  works: readonly (() => Awaitable<Result>)[],
  moment: number,
  signOut: () => unknown,
): Promise<Result[]> {
  const signedOut = afterCalls(store, moment).then(signOut);
  const done = works.map((work, index) => afterCalls(store, index).then(work));
  return (await Promise.all([signedOut, ...done])).slice(1) as Result[];
}

/** Calls from the first work to a sign-out: before, amid and after each part of it. */
export const moments = [0, 1, 2, 3, 4, 5, 6];

/** Puts a session under a new id as a login does: what stands under the old one dies with the mark. Gives the new id. */
export async function move(store: SessionStore, id: string, keep: Keep): Promise<string> {
  const next = freshId();
  if (!(await store.update(id, () => ({ moved: true }), keep))) return next;
  await store.create(next, ada, keep);
  const stands = await store.update(id, (record) => record, keep);
  await store.delete(stands ? id : next);
  return next;
}

/** Signs a subject out while its sessions move, at several moments, and expects all of them to be gone. */
export async function assertMovesEnd(
  store: SubjectStore,
  signOut: (subject: string) => unknown,
): Promise<void> {
  // Twice: the moment that a store misses is short.
  for (const moment of [...moments, ...moments]) {
    const subject = freshSubject();
    const ids: string[] = [];
    for (let session = 0; session < 8; session++) ids.push(await kept(store, ada, { subject }));
    const works = ids.map((id) => () => move(store, id, { subject }));
    const next = await withSignOut(store, works, moment, () => signOut(subject));
    for (const id of [...ids, ...next]) assert.equal(await store.read(id), null);
    await assertListed(store, subject, []);
  }
}
