/** Several processes on one file, real ones; that none loses a change of others is in spec/faults/processes.ts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type SqliteStore, sqliteStore } from "../../../lib/sqlite.js";
import type { SessionEntry, SessionRecord } from "../../../lib/types.js";
import { cleanEnv, mortal } from "../../house/child.js";
import { forked } from "../../house/forked.js";
import { moduleArgs, printedBy } from "../../house/module.js";
import { opening } from "../../house/opening.js";
import { folder, hasSqlite, moduleOn, skipSqlite } from "../../house/sqlite.js";

const path = folder();
const idsOf = (store: SqliteStore, subject: string): string[] =>
  (store.sessionsOf(subject) as readonly SessionEntry[]).map(({ id }) => id);

if (hasSqlite) {
  const program = join(import.meta.dirname, "worker.js");
  const four = opening(test, (closes) => forked(closes, program, [["0"], ["1"], ["2"], ["3"]]));

  test("a session outlives its process", async () => {
    const file = path("restart.db");
    await printedBy(
      moduleOn(file, `sqliteStore(path).create("id", { name: "Ada" }, { subject: "ada", ttl: 600 })`),
    );
    const store = sqliteStore(file);
    assert.equal(store.read("id"), { name: "Ada" });
    assert.equal(idsOf(store, "ada"), ["id"]);
  });

  test("different keys set by four processes are all there, and their sessions are all listed", async () => {
    const file = path("keys.db");
    const store = sqliteStore(file);
    store.create("id", {}, {});
    await four.work("keys", file);
    assert.is(Object.keys(store.read("id") ?? {}).length, 200);
    assert.is(idsOf(store, "ada").length, 200);
  });

  test("a session deleted by one process is not brought back by those that are changing it", async () => {
    const file = path("deleted.db");
    const store = sqliteStore(file);
    store.create("id", { count: 0 }, {});
    await four.work("end", file);
    assert.is(store.read("id"), null);
  });

  test("processes that make the file at the same time do not fail for one another", async () => {
    for (const round of ["0", "1", "2", "3"]) {
      const file = path(`start${round}`);
      await four.work("make", file);
      assert.equal(idsOf(sqliteStore(file), "ada").sort(), ["0", "1", "2", "3"]);
    }
  });

  test("nothing that was answered is lost with a process that is killed", async () => {
    const file = path("killed.db");
    const store = sqliteStore(file);
    store.create("id", { count: 0 }, {});
    const code = `const store = sqliteStore(path);
      const { writeSync } = await import("node:fs");
      for (let count = 1; ; count++) if (await store.update("id", () => ({ count }), {})) writeSync(1, count + "\\n");`;
    const child = mortal(spawn(process.execPath, moduleArgs(moduleOn(file, code)), { env: cleanEnv() }));
    const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
    let answered = 0;
    for await (const line of createInterface(child.stdout)) {
      answered = Number(line);
      if (answered === 300) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    clearTimeout(late);
    assert.ok(answered >= 300);
    const { count } = store.read("id") as SessionRecord;
    assert.ok(count === answered || count === answered + 1, `answered ${answered}, kept ${count}`);
    assert.is(
      store.update("id", (record) => record, {}),
      true,
    );
  });

  test("a store does not keep the process alive", async () => {
    await printedBy(moduleOn(path("alive.db"), `sqliteStore(path).create("id", {}, { ttl: 600 })`));
  });
} else skipSqlite("several processes on one file of SQLite");

test.run();
