/** Changes of a session record that are counted: none may be lost, and none be made twice. */
import * as assert from "uvu/assert";
import type { SessionRecord, SessionStore } from "../../lib/types.js";
import { outcomeOf } from "./outcome.js";

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const increment = (record: SessionRecord): SessionRecord => ({
  ...record,
  count: Number(record.count) + 1,
});

const turnsOf = (record: SessionRecord | null): readonly number[] =>
  (record?.turns ?? []) as readonly number[];

/** A change with a number of its own, which it leaves in the record. */
export const turn =
  (number: number) =>
  (record: SessionRecord): SessionRecord => ({ ...record, turns: [...turnsOf(record), number] });

/** Such changes of one record, which any stores may make. */
export function takingTurns(id: string) {
  const confirmed: number[] = [];
  let asked = 0;
  return {
    /** Resolves to whether the store says that it has made the next one. */
    async take(store: SessionStore): Promise<boolean> {
      const number = asked++;
      const isMade = (await outcomeOf(store.update(id, turn(number), {}))) === "true";
      if (isMade) confirmed.push(number);
      return isMade;
    },
    /** That each one that was said to be made is in the record, and none of all is in it twice. */
    async assertOnce(store: SessionStore): Promise<void> {
      const turns = turnsOf(await store.read(id));
      const twice = turns.filter((number, index) => turns.indexOf(number) < index);
      const lost = confirmed.filter((number) => !turns.includes(number));
      assert.equal({ twice, lost }, { twice: [], lost: [] });
    },
    /** How many were said to be made, and how many were not. */
    counts: () => ({ made: confirmed.length, refused: asked - confirmed.length }),
  };
}
