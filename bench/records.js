/** Records to fill a store with. */
import { hash } from "node:crypto";

export const idOf = (index) => hash("sha256", String(index), "base64url");

export const recordOf = (index) => ({
  session: { name: "Ada Lovelace", count: index },
  created: 1_800_000_000_000,
  renewed: 1_800_000_000_000,
});

/** A change of such a record. */
export const counted = (record) => ({
  ...record,
  session: { ...record.session, count: record.session.count + 1 },
});
