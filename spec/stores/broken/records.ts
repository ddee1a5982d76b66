/** Stores that keep or forget records wrongly. */
import type { SessionStore } from "../../../lib/types.js";
import type { Reference } from "../reference.js";
import { type Broken, broken } from "./make.js";

const withIds = ({ store }: Reference, map: (id: string) => string): SessionStore => ({
  read: (id) => store.read(map(id)),
  create: (id, record, keep) => store.create(map(id), record, keep),
  update: (id, change, keep) => store.update(map(id), change, keep),
  delete: (id) => store.delete(map(id)),
  touch: (id, keep) => store.touch(map(id), keep),
});

export const records: readonly Broken[] = [
  broken("read makes an empty record of an unknown id", ["an unknown id reads as null"], ({ store }) => ({
    read: async (id) => (await store.read(id)) ?? {},
  })),
  broken("read gives undefined for an unknown id", ["an unknown id reads as null"], ({ store }) => ({
    read: async (id) => (await store.read(id)) ?? (undefined as unknown as null),
  })),
  broken("create keeps nothing", ["a created record is read back"], () => ({ create: async () => {} })),
  broken("a record can be read only once", ["a created record is read back"], ({ store }) => ({
    read: async (id) => {
      const record = await store.read(id);
      await store.delete(id);
      return record;
    },
  })),
  broken("delete does nothing", ["a deleted record is gone"], () => ({ delete: async () => {} })),
  broken(
    "delete fails under an unknown id",
    ["deleting an unknown id is no error"],
    ({ store, inTurn, kept }) => ({
      delete: async (id) => {
        await inTurn(id, () => {
          if (!kept.has(id)) throw new Error("no such record");
        });
        return store.delete(id);
      },
    }),
  ),
  broken("ids are cut short", ["records under different ids are apart"], (right) =>
    withIds(right, (id) => id.slice(0, 42)),
  ),
  broken("ids have no case", ["records under different ids are apart"], (right) =>
    withIds(right, (id) => id.toLowerCase()),
  ),
  broken("delete takes ids for patterns", ["a delete leaves other records alone"], ({ kept, inTurn }) => ({
    delete: (id) =>
      inTurn(id, () => {
        const pattern = new RegExp(`^${id.replaceAll("_", ".")}$`);
        for (const other of kept.keys()) if (pattern.test(other)) kept.delete(other);
      }),
  })),
  broken("delete fails the second time", ["deleting what was deleted is no error"], ({ store }) => {
    const deleted = new Set<string>();
    return {
      delete: async (id) => {
        if (deleted.has(id)) throw new Error("gone already");
        deleted.add(id);
        await store.delete(id);
      },
    };
  }),
];
