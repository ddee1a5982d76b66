/** What one run of a change makes of a record, and the mark that it leaves where a session moves to another id. */
import { show } from "../errors.js";
import { json } from "../json.js";
import { randomBytes } from "../random.js";
import type { SessionRecord } from "../types.js";
import { isKept, type Kept } from "./keeper.js";

/**
 * What stands under an old id until it is deleted: the session is dead there, whoever is still writing. It holds what
 * was there before, should the session find no new place, and tells itself from the mark of another request.
 */
export const mark = (before: Kept): SessionRecord => ({ moved: randomBytes(9).toString("base64"), before });
export const isMoved = (record: SessionRecord | null): boolean => record?.moved !== undefined;

/** A change that puts back what stood before this mark, and leaves what is not this mark alone. */
export const unmarked =
  ({ moved, before }: SessionRecord) =>
  (record: SessionRecord): SessionRecord =>
    record.moved === moved ? (before as Kept) : record;

export const frozen = (kept: SessionRecord): Kept => json("session", kept) as Kept;

/** What one run of a change makes of a record. */
export type Change = {
  readonly next: SessionRecord;
  /** What it took out: a flash, or a session that moves. */
  readonly taken?: Kept;
};
export type Run = Change & { readonly refused?: true; readonly failure?: { readonly error: unknown } };

/** Runs a change; its errors are the handler's, and must not look like the store's on their way through it. */
export function run(change: (kept: Kept) => Change, record: SessionRecord): Run {
  if (isMoved(record)) return { next: record, refused: true };
  if (!isKept(record))
    throw new TypeError(`store.update: expected to change a record as it was kept, got ${show(record)}`);
  try {
    return change(record);
  } catch (error) {
    return { next: record, failure: { error } };
  }
}
