/** How a record is kept: for how long, whose it is, and by which words. */
import type { Keep, Session } from "../types.js";
import { type Kept, type Lasting, secondsLeft } from "./keeper.js";

/** Some text about a session: whose it is, what it is called. */
export type Words = (session: Session) => string | undefined;

export type KeepingOptions = Lasting & {
  readonly subject: Words;
  /** The user's own words for a session; undefined where there are none for any. */
  readonly label?: Words | undefined;
};

/** A `keep` whose label may still change. */
export type Keeping = { -readonly [Name in keyof Keep]: Keep[Name] };

export type Keepers = {
  readonly keep: (kept: Kept, held?: Kept) => Keeping;
  /** Puts the label of what a session becomes; a store looks at it after the run that counts. */
  readonly relabel: (how: Keeping, becomes: Kept) => void;
};

export function keeping({ subject, label, ...lasting }: KeepingOptions): Keepers {
  const relabel = (how: Keeping, { session }: Kept): void => {
    if (label === undefined) return;
    const words = label(session);
    if (words === undefined) delete how.label;
    else how.label = words;
  };

  const keep = (kept: Kept, held?: Kept): Keeping => {
    const how: Keeping = {};
    const ttl = secondsLeft(kept, lasting);
    const whose = subject(kept.session);
    if (ttl !== undefined) how.ttl = ttl;
    if (whose !== undefined) how.subject = whose;
    relabel(how, kept);
    if (held !== undefined) how.held = held;
    return how;
  };

  return { keep, relabel };
}
