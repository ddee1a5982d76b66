/** Records and words go through PostgreSQL and come back as they were. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonbOf, jsonOf, subjectOf } from "../../../lib/stores/postgres/values.js";
import { secondsOf } from "../../../lib/stores/seconds.js";
import { textOf, wordsOf } from "../../../lib/stores/words.js";
import type { SessionRecord } from "../../../lib/types.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

test("a record is kept as it is, unless jsonb refuses what is in it", () => {
  assert.is(jsonbOf({ name: "Ada\n\u0001\u007f👩‍💻" }), '{"name":"Ada\\n\\u0001\u007f👩‍💻"}');
  assert.is(jsonbOf({ name: "\u0000" }), '"{\\"name\\":\\"\\\\u0000\\"}"');
  for (const half of ["\ud800", "\udbff", "\udc00", "\udfff", "\ud83d\ud83d\udc69"]) {
    assert.is(jsonbOf({ [half]: 1 })[0], '"');
    assert.equal(JSON.parse(jsonOf(jsonbOf({ [half]: 1 }))), { [half]: 1 });
  }
});

test("ordinary words are a text as they are, and no two words are the same text", () => {
  for (const words of ["ada@example.com", "42", "Ünïcödé 👩‍💻", "it's"]) assert.is(textOf(words), words);
  const words = fc.string({
    unit: fc.oneof(fc.constantFrom("\0", "\\", '"', "\ud800", "u0000"), fc.string()),
  });
  fc.assert(
    fc.property(words, (words) => {
      assert.is(wordsOf(textOf(words)), words);
      assert.ok(textOf(words).isWellFormed() && !textOf(words).includes("\0"));
    }),
  );
});

test("a subject is a text as it is, unless it is too long for an index", () => {
  assert.is(subjectOf("ada@example.com"), "ada@example.com");
  assert.is(subjectOf("x".repeat(500)), "x".repeat(500));
  assert.match(subjectOf("x".repeat(501)), /^\\#[\w-]{43}$/);
  assert.is.not(subjectOf(`${"\0".repeat(501)}a`), subjectOf(`${"\0".repeat(501)}b`));
  assert.is.not(subjectOf(subjectOf("x".repeat(501))), subjectOf("x".repeat(501)));
});

test("what is longer than times can be is for good", () => {
  assert.is(secondsOf({}), null);
  assert.is(secondsOf({ ttl: 315_360_000 }), 315_360_000);
  assert.is(secondsOf({ ttl: 1e11 }), 1e11);
  assert.is(secondsOf({ ttl: 1e12 }), null);
});

/** Anything that JSON can say, with all that jsonb might take amiss. */
const piece = fc.constantFrom(
  "\u0000",
  "\\u0000",
  "\\",
  '"',
  "\ud83d",
  "\udc69",
  "👩",
  "$1",
  "'",
  "\u2028",
  "\u0001",
);
const text = fc.string({ unit: fc.oneof(piece, fc.string({ maxLength: 3 })), maxLength: 6 });
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(
    1e308,
    5e-324,
    -5e-324,
    0,
    1e21,
    1e-7,
    0.1,
    2 ** 53 - 1,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
  ),
);
const key = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString", "", "0"));
const { map } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}));

/** As JSON has it, keys in an order of their own: jsonb keeps none. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : value,
  );

if (hasPostgres) {
  const postgres = postgresOf(test, { max: 1 });

  test("whatever JSON can hold comes back from PostgreSQL as it was", async () => {
    const { store } = postgres;
    await store.create("id", {}, {});
    await fc.assert(
      fc.asyncProperty(map as fc.Arbitrary<SessionRecord>, async (record) => {
        await store.update("id", () => record, {});
        assert.is(sorted(await store.read("id")), sorted(record));
      }),
      { numRuns: 300 },
    );
    let deep: SessionRecord = {};
    for (let depth = 0; depth < 1_000; depth++) deep = { deep };
    await store.update("id", () => deep, {});
    assert.is(sorted(await store.read("id")), sorted(deep));
  });
} else skipPostgres("values in PostgreSQL");

test.run();
