/** Whose sessions there are, asked and ended while they are written. */
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../../lib/decorate.js";
import { GET } from "../../../lib/index.js";
import { withSession } from "../../../lib/middleware/session.js";
import { recreateSession, sessionAssoc } from "../../../lib/updates.js";
import { eventually } from "../../house/eventually.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

if (hasPostgres) {
  const postgres = postgresOf(test, { max: 10 });

  test("the sessions of a subject are listed, the one seen last first", async () => {
    const { store } = postgres;
    const start = Date.now() - 1_000;
    await store.create("a", {}, { subject: "ada", label: "Firefox on Linux" });
    await store.create("b", {}, { subject: "ada", ttl: 60 });
    await store.create("c", {}, { subject: "ada", ttl: 0.001 });
    await store.create("d", {}, { subject: "eve" });
    await store.create("e", {}, {});
    await store.update("a", (record) => record, { subject: "ada", label: "Firefox" });
    // What was to last a millisecond is over, and what is seen from now on is seen later than it was made.
    await wait(5);
    const entries = await store.sessionsOf("ada");
    assert.equal(
      entries.map(({ id, label }) => [id, label]),
      [
        ["a", "Firefox"],
        ["b", undefined],
      ],
    );
    assert.is("label" in entries[1]!, false);
    for (const { created, seen } of entries) {
      assert.ok(Number.isInteger(created) && Number.isInteger(seen));
      assert.ok(start < created && created <= seen && seen < Date.now() + 1_000, `${created} ${seen}`);
    }
    await store.touch!("b", { subject: "ada", label: "Chromium" });
    const [first] = await store.sessionsOf("ada");
    assert.equal([first!.id, first!.label], ["b", "Chromium"]);
    assert.ok(first!.seen > first!.created);
  });

  test("any words are a subject or a label", async () => {
    const { store } = postgres;
    const words = [
      "",
      "'; DROP TABLE composure_sessions; --",
      "\u0000",
      "\ud800",
      "\ud801",
      '"',
      '\\"',
      "\\u0000",
      "%",
      "Ada",
      "ada",
    ];
    for (const [index, subject] of words.entries())
      await store.create(`words ${index}`, {}, { subject, label: subject });
    for (const [index, subject] of words.entries()) {
      const entries = await store.sessionsOf(subject);
      if (subject !== "ada")
        assert.equal(
          entries.map(({ id, label }) => [id, label]),
          [[`words ${index}`, subject]],
        );
    }
    for (const subject of words.slice(0, 5)) await store.deleteAllOf(subject);
    assert.is(await store.read("words 4"), null);
    assert.equal(await store.read("words 5"), {});
  });

  test("all sessions of a subject end, and no others", async () => {
    const { store } = postgres;
    for (const id of ["f", "g", "h"])
      await store.create(id, {}, { subject: id === "h" ? "grace2" : "grace" });
    await store.deleteAllOf("grace");
    assert.equal(await Promise.all(["f", "g", "h"].map((id) => store.read(id))), [null, null, {}]);
    await store.deleteAllOf("nobody");
  });

  const app = () => {
    const session = withSession({ type: postgres.store, subject: ({ user }) => user as string | undefined });
    const login = GET("/login/:user", ({ params }) => sessionAssoc("user", params.user));
    const move = GET("/move", () => [recreateSession(), sessionAssoc("moved", true)]);
    const handlers = { login: decorate(login, session), move: decorate(move, session) };
    const visit = async (which: "login" | "move", uri: string, cookie?: string) => {
      const headers = cookie === undefined ? {} : { cookie };
      const response = await handlers[which]({ method: "GET", uri, headers });
      return String(response?.headers["set-cookie"] ?? "").split(";")[0]!;
    };
    return {
      login: (user: string) => visit("login", `/login/${user}`),
      move: (cookie: string) => visit("move", "/move", cookie),
    };
  };

  test("a session that is just moving to another id does not get away", async () => {
    const { pool, store } = postgres;
    const { login, move } = app();
    for (let round = 0; round < 36; round++) {
      const user = `mover ${round}`;
      const cookies = await Promise.all([login(user), login(user), login(user)]);
      const moves = cookies.map((cookie) => move(cookie));
      for (let turn = 0; turn < round % 12; turn++) await pool.query("SELECT 1");
      await store.deleteAllOf(user);
      await Promise.all(moves);
      assert.equal(await store.sessionsOf(user), [], `after ${round % 12} turns`);
    }
  });

  for (const [what, sql] of [
    ["is about to move", "SELECT FROM composure_sessions WHERE id = 'from' FOR UPDATE"],
    ["has just moved", "DELETE FROM composure_sessions WHERE id = 'from'"],
  ] as const) {
    test(`nor does one that ${what} while the deleting statement waits for it`, async () => {
      const { pool, store } = postgres;
      await store.create("from", {}, { subject: "moved" });
      const client = await pool.connect();
      await client.query("BEGIN");
      await client.query(sql);
      const deleted = store.deleteAllOf("moved");
      const waiting =
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE%'";
      await eventually(async () => (await pool.query(waiting)).rowCount);
      await store.create("to", {}, { subject: "moved" });
      await client.query("COMMIT");
      client.release();
      await deleted;
      assert.equal(await store.sessionsOf("moved"), []);
    });
  }

  test("a login meanwhile is either ended or whole", async () => {
    const { pool, store } = postgres;
    const { login } = app();
    for (let round = 0; round < 10; round++) {
      const user = `login ${round}`;
      const logins = Array.from({ length: 10 }, () => login(user));
      await store.deleteAllOf(user);
      await Promise.all(logins);
      const entries = await store.sessionsOf(user);
      for (const { id } of entries) assert.ok(await store.read(id));
      const { rows } = await pool.query(
        "SELECT count(*)::int AS count FROM composure_sessions WHERE subject = $1",
        [user],
      );
      assert.is(rows[0].count, entries.length);
    }
  });
} else skipPostgres("whose sessions there are in PostgreSQL");

test.run();
