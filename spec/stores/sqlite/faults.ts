/** What goes wrong is an error that says so, and never an empty session. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPromise } from "../../../lib/decorate.js";
import { sqliteStore } from "../../../lib/sqlite.js";
import type { SessionRecord } from "../../../lib/types.js";
import { run } from "../../house/child.js";
import { later, setRight } from "../../house/clock.js";
import { times } from "../../house/counting.js";
import { outcomeOf } from "../../house/outcome.js";
import { folder, hasSqlite, openDatabase, openToRead, skipSqlite } from "../../house/sqlite.js";

const path = folder();
const ada = { name: "Ada" };
const same = (record: SessionRecord): SessionRecord => record;
const isLocked =
  "Error: sqliteStore: database is locked. Another process has been writing for too long; keep other transactions on this file short";

if (hasSqlite) {
  test("while another connection is writing, reads are answered at once and writes when it is done, in their order", async () => {
    const store = sqliteStore(path("busy.db"));
    store.create("id", { list: [] }, {});
    const other = openDatabase(path("busy.db"));
    other.exec("BEGIN IMMEDIATE");
    let runs = 0;
    const add = (item: number) => (record: SessionRecord) => {
      runs += 1;
      return { list: [...(record.list as number[]), item] };
    };
    const writes = [1, 2, 3].map((item) => store.update("id", add(item), {}));
    assert.ok(writes.every(isPromise));
    assert.equal(store.read("id"), { list: [] });
    await wait(100);
    assert.is(runs, 0, "no change runs before it can be written");
    other.exec("COMMIT");
    assert.equal(await Promise.all(writes), [true, true, true]);
    assert.equal(store.read("id"), { list: [1, 2, 3] });
    assert.is(store.update("id", same, {}), true);
    other.close();
  });

  test("of a thousand who wait for a connection that never ends all are refused, after few tries", async () => {
    sqliteStore(path("stuck.db")).create("id", ada, {});
    const other = openDatabase(path("stuck.db"));
    other.exec("BEGIN IMMEDIATE");
    const database = openDatabase(path("stuck.db"));
    database.exec("PRAGMA busy_timeout = 10");
    const begin = database.prepare("BEGIN IMMEDIATE");
    let tries = 0;
    const counting = {
      get: () => null,
      all: () => [],
      run() {
        tries += 1;
        return begin.run();
      },
    };
    const store = sqliteStore({
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare: (sql) => (sql === "BEGIN IMMEDIATE" ? counting : database.prepare(sql)),
    });
    const rename = () => outcomeOf(store.update("id", () => ({ name: "Eve" }), {}));
    const messages = await Promise.all(times(1_000, rename));
    assert.equal([...new Set(messages)], [isLocked]);
    assert.ok(tries < 200, `tries: ${tries}`);
    other.exec("COMMIT");
    assert.equal(store.read("id"), ada);
    assert.is(store.update("id", same, {}), true);
    other.close();
  });

  test("a change that fails while it waits comes out as it is, and hinders no other", async () => {
    const store = sqliteStore(path("waiting.db"));
    store.create("id", ada, {});
    const other = openDatabase(path("waiting.db"));
    other.exec("BEGIN IMMEDIATE");
    const failing = store.update(
      "id",
      () => {
        throw new RangeError("oops");
      },
      {},
    );
    const next = store.update("id", () => ({ name: "Eve" }), {});
    other.exec("COMMIT");
    assert.is(await outcomeOf(failing), "RangeError: oops");
    assert.is(await next, true);
    assert.equal(store.read("id"), { name: "Eve" });
    other.close();
  });

  test("where the disk is full nothing is lost, and writing goes on when there is room", () => {
    const database = openDatabase(":memory:");
    const store = sqliteStore(database);
    store.create("id", ada, {});
    database.exec("PRAGMA max_page_count = 20");
    const large = { text: "x".repeat(100_000) };
    const expected =
      /^sqliteStore: database or disk is full\. Make room on the disk, or raise PRAGMA max_page_count$/;
    assert.throws(() => store.create("large", large, {}), expected);
    assert.throws(() => store.update("id", () => large, {}), expected);
    assert.equal([store.read("id"), store.read("large")], [ada, null]);
    database.exec("PRAGMA max_page_count = 1000");
    assert.is(
      store.update("id", () => large, {}),
      true,
    );
    assert.equal(store.read("id"), large);
  });

  test("a database that may only be read is read, and refuses writes", () => {
    const first = sqliteStore(path("readonly.db"));
    first.create("id", ada, {});
    const store = sqliteStore(openToRead(path("readonly.db")));
    assert.equal(store.read("id"), ada);
    const expected =
      /^sqliteStore: attempt to write a readonly database\. The process may not write to the file/;
    for (const write of [
      () => store.create("other", ada, {}),
      () => store.update("id", same, {}),
      () => store.delete("id"),
    ])
      assert.throws(write, expected);
    writeFileSync(path("empty.db"), "");
    const empty = openToRead(path("empty.db"));
    assert.throws(() => sqliteStore(empty), expected);
  });

  test("a database in the middle of the app's own transaction refuses writes, and says why", () => {
    const database = openDatabase(":memory:");
    const store = sqliteStore(database);
    database.exec("BEGIN");
    const expected =
      /^sqliteStore: cannot start .*The app has begun one on this database; give the store a connection/;
    assert.throws(() => store.create("id", ada, {}), expected);
    database.exec("COMMIT");
    store.create("id", ada, {});
    assert.equal(store.read("id"), ada);
  });

  test("what cannot be opened is named, with what to do", () => {
    const expected =
      /\.db cannot be opened: .*\. Its folder must be there, and the process must be able to write to both$/;
    assert.throws(() => sqliteStore(path("nowhere/sessions.db")), expected);
    mkdirSync(path("folder.db"));
    assert.throws(() => sqliteStore(path("folder.db")), expected);
    writeFileSync(path("text.db"), "This is no database. ".repeat(1000));
    const noDatabase = /^sqliteStore: .*text\.db: file is not a database\. Name a file that is a database/;
    assert.throws(() => sqliteStore(path("text.db")), noDatabase);
    assert.match(readFileSync(path("text.db"), "utf8"), /^This is no database/);
    const other = openDatabase(path("other.db"));
    other.exec("CREATE TABLE composure_sessions (id TEXT, name TEXT)");
    assert.throws(() => sqliteStore(path("other.db")), /no such column/);
  });

  test("a damaged file is an error, not an empty session", () => {
    const first = sqliteStore(path("damaged.db"));
    for (let id = 0; id < 1_000; id++) first.create(String(id), ada, {});
    first.close();
    const bytes = readFileSync(path("damaged.db"));
    writeFileSync(path("damaged.db"), bytes.fill(0xff, 8_192));
    const expected = /^sqliteStore: .*malformed\. The file is damaged; move it away/;
    assert.throws(() => sqliteStore(path("damaged.db")).read("500"), expected);
  });

  test("without SQLite the error says what to install, once a store is made and not before", async () => {
    cpSync(new URL("../../../lib", import.meta.url), path("lib"), { recursive: true });
    writeFileSync(path("package.json"), '{ "type": "module" }');
    const door = pathToFileURL(path("lib/sqlite.js"));
    const code = `import { sqliteStore } from "${door}"; console.log("there"); sqliteStore("${path("none.db")}")`;
    const hidden = process.getBuiltinModule("node:sqlite") ? ["--no-experimental-sqlite"] : [];
    const args = [...hidden, "--input-type=module", "-e", code];
    const { ok, stdout, stderr } = await run(process.execPath, args, { cwd: path(".") });
    assert.not.ok(ok);
    assert.is(stdout, "there\n");
    const expected =
      /expected node:sqlite or the package better-sqlite3, got neither\. Run npm install better-sqlite3@12, or use Node 22\.13/;
    assert.match(stderr, expected);
    assert.not.ok(existsSync(path("none.db")));
  });

  test("a database that is closed when the store is made is told so", () => {
    const database = openDatabase(":memory:");
    database.close();
    const expected =
      /^sqliteStore: .*is not open\. The store, or the database that it was given, has been closed$/;
    assert.throws(() => sqliteStore(database), expected);
  });

  test("an error of a change comes out as it is, also where it sounds like one of SQLite's", () => {
    const store = sqliteStore(":memory:");
    store.create("id", ada, {});
    for (const message of [
      "the shop is not open",
      "the order has been finalized",
      "no discount within a transaction",
    ]) {
      const error = new Error(message);
      const change = (): never => {
        throw error;
      };
      assert.throws(
        () => store.update("id", change, {}),
        (thrown: unknown) => thrown === error,
      );
    }
  });

  test("a clock that is set ahead makes nobody late who waits to write", async () => {
    const store = sqliteStore(path("ahead.db"));
    store.create("id", ada, {});
    const other = openDatabase(path("ahead.db"));
    other.exec("BEGIN IMMEDIATE");
    const update = outcomeOf(store.update("id", () => ({ name: "Eve" }), {}));
    later(3_600);
    await wait(100);
    setRight();
    other.exec("COMMIT");
    assert.is(await update, "true");
    assert.equal(store.read("id"), { name: "Eve" });
    other.close();
  });
} else skipSqlite("faults of SQLite");

test.run();
