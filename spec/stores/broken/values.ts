/** Stores that share objects with others, or lose values on their way in and out. */
import type { SessionRecord } from "../../../lib/types.js";
import { untilOf, whoseOf } from "../reference.js";
import { type Broken, broken, lossy } from "./make.js";

const revived =
  (reviver: (key: string, value: unknown) => unknown) =>
  <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), reviver);

const rewritten =
  (rewrite: (text: string) => string) =>
  <T>(value: T): T =>
    JSON.parse(rewrite(JSON.stringify(value)));

export const values: readonly Broken[] = [
  broken(
    "create keeps the object",
    ["changing what was created later changes nothing"],
    ({ kept, inTurn }) => ({
      create: (id, record, keep) =>
        inTurn(id, () => void kept.set(id, { record, until: untilOf(keep), whose: whoseOf(keep) })),
    }),
  ),
  broken("read gives the kept object", ["changing what was read changes nothing"], ({ present, inTurn }) => ({
    read: (id) => inTurn(id, () => present(id)?.record ?? null),
  })),
  broken(
    "change gets the kept object",
    ["changing what change got changes nothing"],
    ({ present, store }) => ({
      update: (id, change, keep) => store.update(id, (record) => change(present(id)?.record ?? record), keep),
    }),
  ),
  broken("update keeps the object", ["changing what change gave changes nothing"], ({ kept, store }) => ({
    update: async (id, change, keep) => {
      let given: SessionRecord | undefined;
      const made = await store.update(id, (record) => (given = change(record)), keep);
      if (given !== undefined) kept.get(id)!.record = given;
      return made;
    },
  })),
  lossy(
    "null is lost",
    "maps, lists and null inside one another",
    revived((key, value) => (key === "" ? value : (value ?? undefined))),
  ),
  lossy(
    "empty lists are maps",
    "empty maps and lists",
    rewritten((text) => text.replaceAll("[]", "{}")),
  ),
  lossy(
    "text is Latin-1",
    "text in any script",
    rewritten((text) => Buffer.from(text, "latin1").toString("latin1")),
  ),
  lossy(
    "\\u0000 is dropped",
    "the character \\u0000",
    rewritten((text) => text.replaceAll("\\u0000", "")),
  ),
  lossy(
    "text is made well-formed",
    "lone surrogates",
    rewritten((text) => text.replace(/\\ud[89a-f]../g, "\ufffd")),
  ),
  lossy(
    "dates are made of text",
    "text that looks like other things",
    revived((key, value) => (key === "e" ? new Date(String(value)) : value)),
  ),
  lossy(
    "text is cut at 64 KB",
    "100 KB of text",
    revived((_, value) => (typeof value === "string" ? value.slice(0, 65_535) : value)),
  ),
  lossy(
    "__proto__ is dropped",
    "names that objects have",
    revived((key, value) => (key === "__proto__" ? undefined : value)),
  ),
  lossy(
    "dots are paths",
    "names that queries use",
    revived((key, value) => (key.includes(".") ? undefined : value)),
  ),
  lossy(
    "numbers have four bytes",
    "large and small numbers",
    revived((_, value) => (typeof value === "number" ? Math.fround(value) : value)),
  ),
  lossy("values are cloned", "what JSON writes otherwise", structuredClone),
];
