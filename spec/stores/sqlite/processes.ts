/** Several processes on one file, real ones. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sqliteStore } from "../../../lib/sqlite.js";
import type { SessionEntry, SessionRecord } from "../../../lib/types.js";
import { cleanEnv } from "../../house/child.js";
import { folder, hasSqlite, programOn, runOn } from "../../house/sqlite.js";

const path = folder();
const each = [0, 1, 2, 3];

/** Runs a program in four processes at once. */
async function inFour(file: string, code: string): Promise<void> {
  const runs = await Promise.all(each.map((number) => runOn(file, `const number = ${number};\n${code}`)));
  for (const { ok, stderr } of runs) assert.ok(ok, stderr);
}

if (hasSqlite) {
  test("a session outlives its process", async () => {
    const file = path("restart.db");
    const code = `sqliteStore(path).create("id", { name: "Ada" }, { subject: "ada", ttl: 600 })`;
    const { ok, stderr } = await runOn(file, code);
    assert.ok(ok, stderr);
    const read = `const store = sqliteStore(path); console.log(JSON.stringify([store.read("id"), store.sessionsOf("ada").length]))`;
    assert.is((await runOn(file, read)).stdout, '[{"name":"Ada"},1]\n');
  });

  test("of a thousand increments at once by each of four processes none is lost", async () => {
    const file = path("count.db");
    const store = sqliteStore(file);
    store.create("id", { count: 0 }, {});
    const increments = `const store = sqliteStore(path);
      const increment = ({ count }) => ({ count: count + 1 });
      const done = await Promise.all(Array.from({ length: 1000 }, () => store.update("id", increment, {})));
      if (!done.every((one) => one === true)) throw new Error("refused");`;
    await inFour(file, increments);
    assert.equal(store.read("id"), { count: 4_000 });
  });

  test("different keys set by four processes are all there, and their sessions are all listed", async () => {
    const file = path("keys.db");
    const store = sqliteStore(file);
    store.create("id", {}, {});
    const code = `const store = sqliteStore(path);
      for (let key = 0; key < 50; key++) {
        await store.create(number + " " + key, {}, { subject: "ada", ttl: 600 });
        await store.update("id", (record) => ({ ...record, [number + " " + key]: key }), {});
      }`;
    await inFour(file, code);
    assert.is(Object.keys(store.read("id") ?? {}).length, 200);
    assert.is((store.sessionsOf("ada") as readonly SessionEntry[]).length, 200);
  });

  test("a session deleted by one process is not brought back by those that are changing it", async () => {
    const file = path("deleted.db");
    const store = sqliteStore(file);
    store.create("id", { count: 0 }, {});
    const code = `const store = sqliteStore(path);
      const change = ({ count }) => ({ count: count + 1 });
      for (let turn = 0; turn < 200; turn++) await store.update("id", change, {});
      if (number === 0) await store.delete("id");
      while (await store.update("id", change, {}));
      for (let turn = 0; turn < 50; turn++) await store.update("id", change, {});`;
    await inFour(file, code);
    assert.is(store.read("id"), null);
  });

  test("processes that make the file at the same time do not fail for one another", async () => {
    const files = path("start");
    const start = Date.now() + 800;
    const code = `for (const round of [0, 1, 2, 3]) {
      while (Date.now() < ${start} + round * 100);
      await sqliteStore(path + round).create(String(number), {}, { subject: "ada" });
    }`;
    await inFour(files, code);
    for (const round of each) {
      const store = sqliteStore(files + round);
      assert.is((store.sessionsOf("ada") as readonly SessionEntry[]).length, 4);
    }
  });

  test("nothing that was answered is lost with a process that is killed", async () => {
    const file = path("killed.db");
    const store = sqliteStore(file);
    store.create("id", { count: 0 }, {});
    const code = `const store = sqliteStore(path);
      const { writeSync } = await import("node:fs");
      for (let count = 1; ; count++) if (await store.update("id", () => ({ count }), {})) writeSync(1, count + "\\n");`;
    const child = spawn(process.execPath, programOn(file, code), { env: cleanEnv() });
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
    const { ok } = await runOn(path("alive.db"), `sqliteStore(path).create("id", {}, { ttl: 600 })`);
    assert.ok(ok);
  });
}

test.run();
