import { statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPromise } from "../../lib/decorate.js";
import { GET, POST, routes, sessionAssoc, withSession } from "../../lib/index.js";
import { type SqliteStore, sqliteStore } from "../../lib/sqlite.js";
import { client, storeContract } from "../../lib/testing.js";
import type { SessionEntry, SessionRecord } from "../../lib/types.js";
import { isInMemory } from "../../lib/unshared.js";
import { later, setRight } from "../house/clock.js";
import { folder, hasSqlite, libraries, openDatabase, skipSqlite } from "../house/sqlite.js";

test.after.each(setRight);

const path = folder();
const ada = { name: "Ada" };
const same = (record: SessionRecord): SessionRecord => record;
const idsOf = (store: SqliteStore, subject: string): string[] =>
  (store.sessionsOf(subject) as readonly SessionEntry[]).map(({ id }) => id);

if (hasSqlite) {
  const file = sqliteStore(path("contract.db"));
  for (const { name, check } of storeContract(() => file, { later })) test(`in a file, ${name}`, check);
}

// A file is opened with the first of them.
for (const { name: library, Database } of libraries.slice(1)) {
  const store = sqliteStore(new Database(":memory:"));
  for (const { name, check } of storeContract(() => store, { later }))
    test(`in an open ${library}, ${name}`, check);
}

if (hasSqlite) {
  test("nothing is answered with a promise, so that a handler stays synchronous", () => {
    const store = sqliteStore(":memory:");
    const answers = [
      store.create("id", ada, { subject: "ada" }),
      store.read("id"),
      store.update("id", same, {}),
      store.touch?.("id", {}),
      store.sessionsOf("ada"),
      store.deleteAllOf("ada"),
      store.delete("id"),
    ];
    assert.not.ok(answers.some(isPromise));
    const app = withSession({ type: store })(routes(POST("/", () => [sessionAssoc("name", "Ada"), "Hello"])));
    assert.not.ok(isPromise(app({ method: "POST", uri: "/", headers: {} })));
  });

  test("a session is kept from request to request", async () => {
    const visit = client(
      withSession({ type: sqliteStore(path("app.db")), expires: 600 })(
        routes(
          POST("/", ({ params }) => [sessionAssoc("name", String(params.name)), "Welcome"]),
          GET("/", ({ session }) => `Hello ${session.name}`),
        ),
      ),
    );
    await visit("POST", "/", { form: { name: "Ada" } });
    assert.is((await visit("GET", "/"))?.body, "Hello Ada");
  });

  test("records come back frozen", () => {
    const store = sqliteStore(":memory:");
    store.create("id", { list: [1] }, {});
    const record = store.read("id") as SessionRecord;
    assert.ok(Object.isFrozen(record) && Object.isFrozen(record.list));
    const seen: SessionRecord[] = [];
    store.update("id", (now) => seen[seen.push(now) - 1]!, {});
    assert.ok(Object.isFrozen(seen[0]));
  });

  test("a record that JSON cannot hold is refused, and nothing is written", () => {
    const store = sqliteStore(":memory:");
    const record = { answer: () => 42 } as unknown as SessionRecord;
    const expected = /^sqliteStore: expected .* at "answer", got .*function/;
    assert.throws(() => store.create("id", record, {}), expected);
    assert.is(store.read("id"), null);
    store.create("id", ada, {});
    assert.throws(() => store.update("id", () => record, {}), expected);
    assert.equal(store.read("id"), ada);
  });

  test("a change that writes to the store is refused, and leaves no trace", () => {
    const store = sqliteStore(":memory:");
    store.create("id", ada, {});
    const writes = [
      () => store.delete("id"),
      () => store.create("other", ada, {}),
      () => store.update("id", same, {}),
    ];
    for (const write of writes) {
      const change = (record: SessionRecord) => {
        write();
        return record;
      };
      assert.throws(
        () => store.update("id", change, {}),
        /expected a change that only makes .* got one that/,
      );
    }
    assert.equal([store.read("id"), store.read("other")], [ada, null]);
    assert.is(
      store.update("id", () => store.read("id") as SessionRecord, {}),
      true,
    );
  });

  test("sessions are listed by subject, the one seen last first, with their labels", async () => {
    const store = sqliteStore(":memory:");
    const before = Date.now();
    store.create("a", {}, { subject: "ada", label: "Firefox \ud800\u0000" });
    store.create("b", {}, { subject: "ada", ttl: 60 });
    store.create("c", {}, { subject: "eve" });
    store.create("d", {}, {});
    later(1);
    store.touch?.("a", { subject: "ada", label: "Firefox \ud800\u0000" });
    const [entry] = store.sessionsOf("ada") as readonly SessionEntry[];
    assert.equal(
      { ...entry, created: 0, seen: 0 },
      { id: "a", created: 0, seen: 0, label: "Firefox \ud800\u0000" },
    );
    assert.ok(entry!.created >= before && entry!.seen > entry!.created);
    assert.equal(Object.keys((store.sessionsOf("eve") as readonly SessionEntry[])[0]!), [
      "id",
      "created",
      "seen",
    ]);
    assert.equal(idsOf(store, "ada"), ["a", "b"]);
    store.update("b", same, { subject: "ada", ttl: 0.001 });
    later(1);
    assert.equal(idsOf(store, "ada"), ["a"]);
    store.deleteAllOf("ada");
    assert.equal(["a", "b", "c", "d"].map(store.read), [null, null, {}, {}]);
  });

  test("subjects are told apart to the last character", () => {
    const store = sqliteStore(":memory:");
    const subjects = [
      "a\ud800",
      "a\ud801",
      "a\ufffd",
      "a\u0000",
      "a\u0000b",
      "a",
      "A",
      'a"',
      "a%",
      "",
      "__proto__",
    ];
    for (const subject of subjects) store.create(`of ${JSON.stringify(subject)}`, {}, { subject });
    for (const subject of subjects) assert.equal(idsOf(store, subject), [`of ${JSON.stringify(subject)}`]);
  });

  test("several stores on one file, and several tables in it, are told apart or shared as they are named", () => {
    const [one, same, other] = [undefined, undefined, "other"].map((table) =>
      sqliteStore(path("shared.db"), { table }),
    );
    one!.create("id", ada, {});
    assert.equal([same!.read("id"), other!.read("id")], [ada, null]);
  });

  test("the file and those beside it are for their owner alone", () => {
    const store = sqliteStore(path("mode.db"));
    store.create("id", ada, {});
    const modes = ["", "-wal", "-shm"].map((end) => statSync(path(`mode.db${end}`)).mode & 0o777);
    assert.equal(modes, [0o600, 0o600, 0o600]);
  });

  test("a store that is closed says so; it may be closed twice, and leaves an open database open", () => {
    const store = sqliteStore(path("closed.db"));
    store.close();
    store.close();
    for (const call of [() => store.read("id"), () => store.delete("id"), () => store.sessionsOf("ada")])
      assert.throws(call, /^sqliteStore: .*The store, or the database that it was given, has been closed$/);
    const database = openDatabase(":memory:");
    const guest = sqliteStore(database);
    guest.close();
    assert.equal({ ...(database.prepare("SELECT 1 AS one").get() as object) }, { one: 1 });
  });

  test("a wrong option is a TypeError that says what is right", () => {
    const callsBack = { exec() {}, prepare: () => ({ get() {}, all: () => [], run() {} }), close() {} };
    for (const from of ["", 1, null, undefined, {}, callsBack]) {
      const expected = /^sqliteStore: expected a file name, ":memory:", or an open database of .*, got /;
      assert.throws(() => sqliteStore(from as string), expected);
    }
    for (const table of ["", "1a", 'a"b', "a.b", "sqlite_a", "SQLite_a", 1, null]) {
      const options = { table: table as string };
      assert.throws(() => sqliteStore(":memory:", options), /^sqliteStore: expected letters, .* as "table"/);
    }
    const misspelt = { tabel: "a" } as object;
    assert.throws(() => sqliteStore(":memory:", misspelt), /expected options among table, got "tabel"/);
  });

  test("a database in memory is one process's own, whoever opened it; a file is for all", () => {
    const { Database } = libraries[0]!;
    for (const from of [":memory:", new Database(":memory:"), new Database("")])
      assert.ok(isInMemory(sqliteStore(from)));
    for (const from of [path("shared.db"), new Database(path("shared.db"))])
      assert.not.ok(isInMemory(sqliteStore(from)));
  });

  test("a time of ages is for good", () => {
    const store = sqliteStore(":memory:");
    for (const ttl of [1e11, 1e16, Number.MAX_VALUE]) {
      const id = `for ${ttl} seconds`;
      store.create(id, ada, { ttl });
      assert.is(store.update(id, same, { ttl }), true);
      store.touch?.(id, { ttl });
      later(1e10);
      assert.equal(store.read(id), ada);
    }
  });
} else skipSqlite("sessions in SQLite");

test.run();
