/** Whose the records are: for each subject a ring of its sessions, with those that are there and nothing else. */
import { type Linked, putLast, takeOut } from "../../ring.js";
import type { Keep, SessionEntry } from "../../types.js";
import { mixed, spreadMaps } from "./maps.js";

/** A record of somebody's, among all of theirs. */
export class Owned implements Linked<Owned> {
  label: string | undefined;
  seen: number;
  older: Owned = this;
  newer: Owned = this;
  constructor(
    readonly id: string,
    readonly subject: string,
    readonly created: number,
  ) {
    this.seen = created;
  }
}

export type Whose = {
  /** Notes whose a new record is; undefined where it is nobody's. */
  readonly add: (id: string, subject: string | undefined, now: number) => Owned | undefined;
  readonly remove: (owned: Owned) => void;
  /** All of a subject's, in no order. */
  readonly of: (subject: string) => readonly Owned[];
};

/** Notes that a record was written or renewed. */
export function see(owned: Owned, { label }: Keep, now: number): void {
  owned.label = label;
  owned.seen = now;
}

const entryOf = ({ id, created, seen, label }: Owned): SessionEntry =>
  label === undefined ? { id, created, seen } : { id, created, seen, label };

/** As a store lists them: the one seen last first. */
export const listed = (owned: readonly Owned[]): readonly SessionEntry[] =>
  owned.map(entryOf).sort((one, other) => other.seen - one.seen);

export function whose(): Whose {
  /** By subject, any one of its ring. */
  const mapOf = spreadMaps<Owned>(mixed);

  return {
    add(id, subject, now) {
      if (subject === undefined) return undefined;
      const owned = new Owned(id, subject, now);
      const map = mapOf(subject);
      const other = map.get(subject);
      if (other === undefined) map.set(subject, owned);
      else putLast(other, owned);
      return owned;
    },
    remove(owned) {
      const { subject, older } = owned;
      const map = mapOf(subject);
      if (older === owned) map.delete(subject);
      else if (map.get(subject) === owned) map.set(subject, older);
      takeOut(owned);
    },
    of(subject) {
      const first = mapOf(subject).get(subject);
      if (first === undefined) return [];
      const all = [first];
      for (let one = first.older; one !== first; one = one.older) all.push(one);
      return all;
    },
  };
}
