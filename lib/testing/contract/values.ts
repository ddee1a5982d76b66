/** Checks that a store keeps values: what JSON makes of them, and not objects that somebody else may change. */
import assert from "node:assert/strict";
import type { SessionRecord } from "../../types.js";
import { type Check, check, kept } from "./check.js";
import { readBack } from "./records.js";
import { replaced, thrown } from "./updates.js";

const list = (): SessionRecord => ({ name: "Ada", list: ["one"] });

/** Changes an object that the store may have in hand; where it is frozen nothing happens. */
function scribble(record: SessionRecord | null | undefined): void {
  assert.ok(record, "expected a record to write on");
  Reflect.set(record, "name", "Eve");
  Reflect.set(record.list as object, 0, "two");
}

const changedCreated = check("changing what was created later changes nothing", [readBack], async (store) => {
  const record = list();
  const id = await kept(store, record);
  scribble(record);
  assert.deepEqual(await store.read(id), list());
});

const changedRead = check("changing what was read changes nothing", [readBack], async (store) => {
  const id = await kept(store, list());
  scribble(await store.read(id));
  assert.deepEqual(await store.read(id), list());
});

const changedGot = check("changing what change got changes nothing", [thrown], async (store) => {
  const id = await kept(store, list());
  let got: SessionRecord | undefined;
  const change = (record: SessionRecord): never => {
    got = record;
    throw new Error("nothing is written");
  };
  await Promise.allSettled([(async () => store.update(id, change, {}))()]);
  scribble(got);
  assert.deepEqual(await store.read(id), list());
});

const changedGiven = check("changing what change gave changes nothing", [replaced], async (store) => {
  const id = await kept(store, {});
  const given = list();
  await store.update(id, () => given, {});
  scribble(given);
  assert.deepEqual(await store.read(id), list());
});

/** What a JSON round trip keeps, and stores are known to lose. */
const samples: { readonly [what: string]: SessionRecord } = {
  "maps, lists and null inside one another": { a: { b: [{ c: [[1, [2]], { d: null }] }, true, false] } },
  "empty maps and lists": { map: {}, list: [], both: [{}, [[]]] },
  "text in any script": { greeting: "Grüße, 世界, مرحبا, 👩‍💻", ключ: "ключ" },
  "the character \\u0000": { text: "\u0000a\u0000", "key\u0000": 1 },
  "lone surrogates": { text: "a\ud800b", "key\udc00": 1 },
  "text that looks like other things": {
    a: "1",
    b: "true",
    c: "null",
    d: "{}",
    e: "2020-01-01T00:00:00.000Z",
  },
  "100 KB of text": { text: "0123456789".repeat(10_240) },
  "names that objects have": JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":{"__proto__":3}}'),
  "names that queries use": { "": 1, "a.b": 2, $set: { $inc: 3 }, "c[0]": 4, "%s": 5, "'": 6 },
  "large and small numbers": {
    whole: [2 ** 53 - 1, -(2 ** 53 - 1), 1e21, Number.MAX_VALUE],
    parts: [0.1 + 0.2, -1e-7, Number.MIN_VALUE, 1 / 3],
  },
  "what JSON writes otherwise": { zero: -0, list: [-0], none: undefined },
};

const sampleCheck = ([what, record]: [string, SessionRecord]): Check =>
  check(`a record comes back as JSON has it: ${what}`, [readBack, replaced], async (store) => {
    const expected: unknown = JSON.parse(JSON.stringify(record));
    assert.deepEqual(await store.read(await kept(store, record)), expected);
    const id = await kept(store, {});
    await store.update(id, () => record, {});
    assert.deepEqual(await store.read(id), expected);
  });

export const values = [
  changedCreated,
  changedRead,
  changedGot,
  changedGiven,
  ...Object.entries(samples).map(sampleCheck),
];
