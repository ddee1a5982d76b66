/** The statements as text: the docs show the same, and names stay names. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkName, migrationOf, schemaOf, statementsOf, tableOf } from "../../../lib/stores/postgres/sql.js";
import { blocksOf } from "../../house/blocks.js";

test("docs/postgres.md shows the table that migrate makes", () => {
  const blocks = blocksOf("docs/postgres.md", readFileSync("docs/postgres.md", "utf8"));
  const shown = blocks.find(({ language, code }) => language === "sql" && code.startsWith("CREATE TABLE"))!;
  assert.is(shown.code, schemaOf({ table: "composure_sessions" }, false));
});

test("names are quoted wherever they stand", () => {
  const place = { table: 'a"b', schema: 'c"."d' };
  assert.is(tableOf(place), '"c"".""d"."a""b"');
  const { find, ...texts } = statementsOf(place);
  const all = [...Object.values(texts), migrationOf(place, true), migrationOf(place, false)];
  for (const text of all) {
    assert.ok(text.includes(tableOf(place)));
    const rest = text.replaceAll(tableOf(place), "").replaceAll(/"a""b_(?:subject|expires)"/g, "");
    assert.not.match(rest.replaceAll('COLLATE "C"', ""), '"');
  }
});

test("tables take turns apart from each other", () => {
  const lockOf = (table: string) => /lock\((-?\d+)\)/.exec(migrationOf({ table }, false))![1];
  assert.is(lockOf("a"), lockOf("a"));
  assert.is.not(lockOf("a"), lockOf("b"));
  assert.ok(statementsOf({ table: "a" }).sweep.includes(`(${lockOf("a")})`));
});

test("only what can be a name is taken for one", () => {
  for (const name of ["", 1, null, undefined, "a\0", "\udc00", "x".repeat(56)])
    assert.throws(
      () => checkName("table", name),
      /^postgresStore: expected a name of 1 to 55 bytes as "table", got /,
    );
  for (const name of ["a", "x".repeat(55), '"', "__proto__"]) checkName("table", name);
  checkName("schema", "x".repeat(63));
  assert.throws(() => checkName("schema", "x".repeat(64)), /a name of 1 to 63 bytes as "schema"/);
});

test.run();
