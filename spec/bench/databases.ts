/** The databases that the benchmark starts: which are there, what they use, and that nothing of them stays. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../house/child.js";
import { eventually } from "../house/eventually.js";

/** The benchmark is not built: it is read where it stands. */
const urlOf = (file: string): string => pathToFileURL(join("bench", file)).href;

const { spentBy } = await import(urlOf("spent.js"));

type Place = { readonly programs: string; readonly data: string };

/** Folders for programs and for data, which others may enter, as PostgreSQL does not run as root. */
async function inFolders(spec: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "composure-spec-"));
  const place = { programs: join(folder, "programs"), data: join(folder, "data") };
  chmodSync(folder, 0o755);
  for (const part of Object.values(place)) mkdirSync(part);
  try {
    await spec(place);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const write = (folder: string, name: string, source: string): void =>
  writeFileSync(join(folder, name), source, { mode: 0o755 });

/** Runs a program against bench/databases.js, which finds these programs first. */
const databases = (source: string, { programs, data }: Place) => {
  const whole = `import { programs, withDatabases } from ${JSON.stringify(urlOf("databases.js"))};\n${source}`;
  const PATH = [programs, dirname(process.execPath), process.env.PATH].join(":");
  return run(process.execPath, ["--input-type=module", "--eval", whole], {
    cwd: data,
    env: { PATH, TMPDIR: data },
  });
};

const redis = `#!/usr/bin/env node
if (process.argv[2] === "--version") process.exit();
const { createServer } = require("node:net");
require("node:fs").writeFileSync("dump.rdb", "");
const server = createServer((client) => client.on("data", () => client.write("+PONG")));
server.listen(Number(process.argv[process.argv.indexOf("--port") + 1]), "127.0.0.1");
`;

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test("a folder that could not be prepared does not stay", () =>
  inFolders(async (place) => {
    for (const name of ["initdb", "postgres"]) write(place.programs, name, "#!/bin/sh\nexit 1\n");
    const { ok, stderr } = await databases(
      `await withDatabases((databaseOf) => databaseOf("postgres"));`,
      place,
    );
    assert.not(ok);
    assert.match(stderr, /Command failed.*initdb/);
    assert.equal(readdirSync(place.data), []);
  }));

test("who ends in the middle leaves no database and no folder", () =>
  inFolders(async (place) => {
    write(place.programs, "redis-server", redis);
    const source = `await withDatabases(async (databaseOf) => {
      console.log((await databaseOf("redis")).port);
      process.exit(1);
    });`;
    const { stdout } = await databases(source, place);
    assert.match(stdout, /^\d+\n$/);
    await eventually(async () => !(await isListening(Number(stdout))));
    assert.equal(readdirSync(place.data), []);
  }));

test("PostgreSQL is the newest that has a server", () =>
  inFolders(async (place) => {
    for (const version of ["9.6", "15", "16"]) {
      mkdirSync(join(place.data, version, "bin"), { recursive: true });
      const names = version === "16" ? ["psql"] : ["initdb", "postgres"];
      for (const name of names) write(join(place.data, version, "bin"), name, "");
    }
    const source = `process.env.PATH = "/nowhere"; console.log(programs("."), programs("15"));`;
    const { stdout } = await databases(source, place);
    assert.is(stdout, "./15/bin/ undefined\n");
  }));

const burning = "while (process.cpuUsage().user < 300_000); console.log(); setInterval(() => {}, 1000);";

test("what is spent is that of a process, of its children, and of those that have ended", async () => {
  const begun = spentBy(process.pid);
  if (begun === undefined)
    return console.log("skipped: what a database spends, as there is no /proc that tells");
  const usage = process.cpuUsage();
  const ofChild = () => {
    const { user, system } = process.cpuUsage(usage);
    return spentBy(process.pid) - begun - user - system;
  };
  const child = spawn(process.execPath, ["--eval", burning], { timeout: 30_000 });
  await once(child.stdout, "data");
  const living = ofChild();
  child.kill();
  await once(child, "close");
  for (const spent of [living, ofChild()]) {
    assert.ok(spent > 250_000 && spent < 2_000_000, `the child has spent ${spent} µs`);
  }
});

test.run();
