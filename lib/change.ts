/**
 * What a handler did to the session, noted beside the resulting session: `response.session` is plain data to look
 * at, and `withSession` still knows the steps, so that it can apply them to the record as it is by then.
 */
import { merged } from "./map.js";
import { stamp } from "./stamp.js";
import type { Session } from "./types.js";

/** A pure step from session to session; it may run again, on a newer session. */
export type Step = (session: Session) => Session;

export type Change = {
  /** True after `clearSession`: what follows is another session, under a new id. */
  readonly begins: boolean;
  /** True after `recreateSession`: the same session, under a new id. */
  readonly recreates: boolean;
  readonly steps: readonly Step[];
  /** The session before the first step, and what the steps have made of it. */
  readonly from: Session;
  readonly to: Session;
};

const unchanged = (from: Session): Change => ({ begins: false, recreates: false, steps: [], from, to: from });

const changes = stamp<Change>();

/** The resulting session as an object of its own, with the change noted on it. */
const noted = (change: Change): Session => Object.freeze(changes.put(merged(change.to, {}), change));

/** The session after one more step on what the part before left; an object of its own, that the change is noted of. */
export function stepped(session: Session | undefined, step: Step): Session {
  const before = session ?? {};
  const { begins, recreates, steps, from, to } = changes.of(before) ?? unchanged(before);
  return noted({ begins, recreates, steps: [...steps, step], from, to: step(to) });
}

/** The same data, under a new id. */
export function recreated(session: Session | undefined): Session {
  const before = session ?? {};
  const { begins, steps, from, to } = changes.of(before) ?? unchanged(before);
  return noted({ begins, recreates: true, steps, from, to });
}

/** The empty session that stands after `clearSession`, for the updates that follow it. */
export const begun = (): Session => noted({ ...unchanged({}), begins: true });

/** What led to this session; undefined where somebody put a session of their own in its place. */
export const changeOf = (session: unknown): Change | undefined => changes.of(session);

/** The session that the steps make of another one; of the one they began with they need not run again. */
export const replayed = ({ steps, from, to }: Change, session: Session): Session =>
  session === from ? to : steps.reduce((left, step) => step(left), session);
