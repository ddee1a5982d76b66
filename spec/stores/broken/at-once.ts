/** Stores that go wrong where many updates run at once, or where a record is held. */
import { setImmediate } from "node:timers/promises";
import type { SessionRecord } from "../../../lib/types.js";
import { jsonCopy, type Reference, untilOf } from "../reference.js";
import { type Broken, broken } from "./make.js";

type Change = (record: SessionRecord) => SessionRecord;

/** Notes which records a store gave. */
function noting({ store }: Reference) {
  const given = new WeakSet<SessionRecord>();
  const read = async (id: string) => {
    const record = await store.read(id);
    if (record !== null) given.add(record);
    return record;
  };
  return { read, isGiven: (held: SessionRecord | undefined) => held !== undefined && given.has(held) };
}

/** Updates that are asked for at once are made as one: all of them, or none. */
function folded({ store }: Reference) {
  const batches = new Map<string, { readonly changes: Change[]; readonly done: Promise<boolean> }>();
  return (id: string, change: Change): Promise<boolean> => {
    const changes = batches.get(id)?.changes ?? [];
    changes.push(change);
    const begin = async () => {
      await setImmediate();
      batches.delete(id);
      return store.update(id, (record) => changes.reduce((last, each) => each(last), record), {});
    };
    if (changes.length === 1) batches.set(id, { changes, done: begin() });
    return batches.get(id)!.done;
  };
}

export const atOnce: readonly Broken[] = [
  broken(
    "update does nothing where the very record is held that read gave",
    ["an update is made once where the held record is the present one, itself or its like"],
    (right) => {
      const { read, isGiven } = noting(right);
      return {
        read,
        update: async (id, change, keep) => isGiven(keep.held) || right.store.update(id, change, keep),
      };
    },
  ),
  broken(
    "update trusts the very record that read gave",
    ["change gets the present record where the held one was read long ago"],
    (right) => {
      const { read, isGiven } = noting(right);
      return {
        read,
        update: (id, change, keep) => {
          const { held } = keep;
          return right.store.update(id, (record) => change(held && isGiven(held) ? held : record), keep);
        },
      };
    },
  ),
  broken(
    "an update that had to wait trusts what is held",
    ["of many updates at once that hold the same record none is lost"],
    ({ store }) => {
      const busy = new Set<string>();
      return {
        update: async (id, change, keep) => {
          const trusts = busy.has(id) && keep.held !== undefined;
          busy.add(id);
          const made = await store.update(id, (record) => change(trusts ? keep.held! : record), keep);
          busy.delete(id);
          return made;
        },
      };
    },
  ),
  broken(
    "a change that throws takes others with it",
    ["of many updates at once those fail whose change throws, each with its error, and no others"],
    (right) => {
      const update = folded(right);
      return {
        update: (id, change, keep) =>
          keep.ttl === undefined && keep.subject === undefined
            ? update(id, change)
            : right.store.update(id, change, keep),
      };
    },
  ),
  broken(
    "update writes without looking again in a long queue",
    ["a delete among many updates wins, and those after it are refused"],
    ({ store, kept, inTurn }) => {
      let waiting = 0;
      const insist = (id: string, change: Change) => () => {
        const record = jsonCopy(change(kept.get(id)?.record ?? { count: 0 }));
        kept.set(id, { ...kept.get(id), record, until: untilOf({}) });
        return true;
      };
      return {
        update: async (id, change, keep) => {
          waiting += 1;
          try {
            return await (waiting > 20 ? inTurn(id, insist(id, change)) : store.update(id, change, keep));
          } finally {
            waiting -= 1;
          }
        },
      };
    },
  ),
  broken(
    "an update that begins while a change runs is forgotten",
    ["an update is made that begins while the change of another runs"],
    ({ store }) => {
      const running = new Set<string>();
      const noted = (id: string, change: Change) => (record: SessionRecord) => {
        running.add(id);
        void Promise.resolve()
          .then(() => {})
          .then(() => running.delete(id));
        return change(record);
      };
      return {
        update: async (id, change, keep) => running.has(id) || store.update(id, noted(id, change), keep),
      };
    },
  ),
];
