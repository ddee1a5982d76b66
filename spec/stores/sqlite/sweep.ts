/** What is over, or was deleted, leaves the file. */
import { readFileSync } from "node:fs";
import { mock } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SqliteDatabase } from "../../../lib/sqlite.js";
import { sqliteStore } from "../../../lib/sqlite.js";
import type { Keep } from "../../../lib/types.js";
import { eventually } from "../../house/eventually.js";
import { folder, hasSqlite, openDatabase, skipSqlite } from "../../house/sqlite.js";

const path = folder();
const minute = 60_000;

/** Time stands still until it is told to go on. */
test.before.each(() => mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_000_000 }));
test.after.each(() => {
  mock.restoreAll();
  mock.timers.reset();
});

const countIn = (database: SqliteDatabase): number => {
  const row = database.prepare("SELECT count(*) AS count FROM composure_sessions").get();
  return Number((row as { count: number }).count);
};

function created(database: SqliteDatabase, count: number, keep: Keep) {
  const store = sqliteStore(database);
  for (let id = 0; id < count; id++) store.create(`${keep.ttl} ${id}`, {}, keep);
  return store;
}

/** Whether a word stands in the file or in its log. */
const holds = (file: string, word: string): boolean =>
  ["", "-wal"].some((end) => readFileSync(`${file}${end}`, "latin1").includes(word));

if (hasSqlite) {
  test("what is over is deleted within a minute, in batches, and nothing else", async () => {
    const database = openDatabase(":memory:");
    created(database, 1_000, { ttl: 1 });
    const other = created(database, 10, { ttl: 600 });
    other.create("ever", {}, {});
    assert.is(countIn(database), 1_011);
    mock.timers.tick(minute);
    assert.ok(countIn(database) > 500, "not all at once");
    await eventually(() => countIn(database) === 11);
    mock.timers.tick(10 * minute);
    await eventually(() => countIn(database) === 1);
    assert.equal(other.read("ever"), {});
  });

  test("a store that is closed sweeps no more, also in the middle of it", async () => {
    const database = openDatabase(":memory:");
    const store = created(database, 1_000, { ttl: 1 });
    mock.timers.tick(minute);
    await wait(0);
    store.close();
    const left = countIn(database);
    assert.ok(left > 0);
    mock.timers.tick(minute);
    await wait(100);
    assert.is(countIn(database), left);
  });

  test("what another process is writing meanwhile is waited for", async () => {
    const store = sqliteStore(path("busy.db"));
    store.create("id", {}, { ttl: 1 });
    const other = openDatabase(path("busy.db"));
    mock.timers.tick(1_000);
    other.exec("BEGIN IMMEDIATE");
    mock.timers.tick(minute / 2);
    await wait(50);
    other.exec("COMMIT");
    await eventually(() => countIn(other) === 0);
    other.close();
    store.close();
  });

  test("a sweep that fails is logged, and is tried again", async () => {
    const error = mock.method(console, "error", () => undefined);
    const database = openDatabase(":memory:");
    created(database, 1, { ttl: 1 });
    database.exec("PRAGMA query_only = ON");
    mock.timers.tick(minute / 2);
    await wait(10);
    assert.is(error.mock.callCount(), 1);
    assert.match(
      String(error.mock.calls[0]?.arguments[0]),
      /^sqliteStore: expired sessions could not be deleted$/,
    );
    assert.match(String(error.mock.calls[0]?.arguments[1]), /attempt to write a readonly database/);
    database.exec("PRAGMA query_only = OFF");
    mock.timers.tick(minute / 2);
    await eventually(() => countIn(database) === 0);
  });

  test("a session that was deleted, changed or is over stands nowhere in the file within a minute", async () => {
    const file = path("traces.db");
    const store = sqliteStore(file);
    const words = ["deleted-secret", "changed-secret", "expired-secret", "kept-words"];
    for (const word of words) store.create(word, { word, more: "x".repeat(6_000), end: word }, { ttl: 600 });
    store.update("expired-secret", (record) => record, { ttl: 1 });
    store.delete("deleted-secret");
    store.create("changed-secret", {}, {});
    store.delete("changed-secret");
    assert.ok(holds(file, "deleted-secret"));
    mock.timers.tick(minute);
    await eventually(() => !holds(file, "secret"));
    assert.ok(holds(file, "kept-words"));
    store.close();
  });

  test("of sweeps that fail one after the other the first is logged, and the next after it has worked", async () => {
    const error = mock.method(console, "error", () => undefined);
    const database = openDatabase(":memory:");
    const store = created(database, 1, { ttl: 1 });
    const sweep = async (): Promise<void> => {
      mock.timers.tick(minute / 2);
      await wait(10);
    };
    const failThrice = async (): Promise<void> => {
      database.exec("PRAGMA query_only = ON");
      for (let turn = 0; turn < 3; turn++) await sweep();
      database.exec("PRAGMA query_only = OFF");
    };
    await failThrice();
    assert.is(error.mock.callCount(), 1);
    await sweep();
    assert.is(countIn(database), 0);
    store.create("another", {}, { ttl: 1 });
    await failThrice();
    assert.is(error.mock.callCount(), 2);
  });
} else skipSqlite("sweeping SQLite");

test.run();
