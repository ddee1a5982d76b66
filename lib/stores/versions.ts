/** Which version a record is: noted on the record by the store that has read it, and known to that store alone. */
import { parsedMap } from "../json.js";
import { stamp } from "../stamp.js";
import type { SessionRecord } from "../types.js";

/** A record, and which one in the row of those that its id has had. */
export type Versioned = { readonly record: SessionRecord; readonly version: number };

export type Versions = {
  /** The record that a JSON text holds, and its version. */
  readonly read: (text: string, version: number) => Versioned;
  /** The version of a record that was read here; undefined for any other, also for an equal one. */
  readonly of: (record: SessionRecord | undefined) => number | undefined;
};

/** The versions of one store. Those of another, such as a copy of the same table, may be the same for other records. */
export function versionsOf(who: string): Versions {
  const versions = stamp<number>();
  return {
    read: (text, version) => ({
      record: parsedMap(who, text, (record) => versions.put(record, version)),
      version,
    }),
    of: versions.of,
  };
}
