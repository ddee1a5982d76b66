/** A PostgreSQL of the spec's own, where the machine has one: on a free port, in a temporary folder, ended by its pid. */
import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnv, isAlive, mortal, temporary } from "./child.js";
import { eventually } from "./eventually.js";
import { freePort } from "./port.js";

/** Debian's folder of versions; the newest one is taken. */
const versions = "/usr/lib/postgresql";
const bin = (existsSync(versions) ? readdirSync(versions) : [])
  .sort((a, b) => Number(b) - Number(a))
  .map((version) => join(versions, version, "bin"))
  .find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));

export const hasPostgres = bin !== undefined;

/** Says that a spec cannot run: `if (hasPostgres) test(…); else skipPostgres("sessions in PostgreSQL")`. */
export const skipPostgres = (what: string): void =>
  console.log(`skipped: ${what}: no PostgreSQL on this machine`);

/** PostgreSQL refuses to run as root; then it runs as nobody, which has this id wherever there is Debian's folder. */
const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

const tell = (name: NodeJS.Signals, pids: readonly number[]): void => {
  for (const pid of pids) signal(pid, name);
};

/** The postmaster, then its children: each of them is the leader of a group of its own, so there is no group to signal. */
function family({ pid }: ChildProcess): number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  const listed = existsSync(children) ? readFileSync(children, "utf8").trim() : "";
  return [pid!, ...listed.split(" ").filter(Boolean).map(Number)];
}

function makeFolder(): string {
  const folder = temporary("postgres");
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

function program(path: string, args: readonly string[]): ChildProcess {
  const options = { cwd: tmpdir(), env: cleanEnv(), ...owner };
  const child = spawn(path, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  return mortal(child, (child) => tell("SIGKILL", family(child)));
}

async function finish(path: string, args: readonly string[]): Promise<void> {
  const child = program(path, args);
  const text = await said(child);
  if (child.exitCode !== 0) throw new Error(`${path} fails:\n${text}`);
}

/** What a program says, until it says `word` or ends. */
async function said(child: ChildProcess, word?: string): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve(text));
    child.stderr!.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (word !== undefined && text.includes(word)) resolve(text);
    });
  });
}

/** A folder of data that is made once and copied for each server: to make one costs a second. */
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const folder = makeFolder();
  const how = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale"];
  await finish(join(bin!, "initdb"), [...how, "--no-sync", "--no-instructions", "--pgdata", folder]);
  return folder;
}

/** Copied by a program, as the copy has to belong to the owner. */
async function copyOf(folder: string): Promise<string> {
  const copy = makeFolder();
  await finish("/bin/cp", ["-R", `${folder}/.`, copy]);
  return copy;
}

/** Waits until all have ended: a server does not start while one of the last still holds their memory. */
const ended = (pids: readonly number[]): Promise<void> => eventually(() => !pids.some(isAlive), 30);

/** Listens on TCP alone. What is written is left to the system: it outlives the server, though not the machine. */
const always = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "32MB",
  max_connections: "60",
  lc_messages: "C",
};

/** Such as `{ max_connections: "5" }`. */
export type PostgresSettings = Readonly<Record<string, string>>;

export type Postgres = {
  /** For `new Pool({ connectionString })` and for DATABASE_URL. */
  readonly url: string;
  /** Ends it in order, its clients cut off, and keeps its data. */
  readonly stop: () => Promise<void>;
  /** Kills it and all its processes at once, as a crash does, and keeps its data. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port, with the same data. */
  readonly start: () => Promise<void>;
  /** Stops it where it stands: connections are accepted, and nothing is answered. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it, whatever state it is in, and removes its data. */
  readonly remove: () => Promise<void>;
};

/** `const { url, remove } = await startPostgres()` starts a server of its own. */
export async function startPostgres(settings: PostgresSettings = {}): Promise<Postgres> {
  template ??= makeTemplate();
  const folder = await copyOf(await template);
  const port = await freePort();
  const set = Object.entries({ ...always, ...settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  let server: ChildProcess;

  const start = async (): Promise<void> => {
    server = program(join(bin!, "postgres"), ["-D", folder, "-p", String(port), ...set]);
    const text = await said(server, "ready to accept connections");
    if (server.exitCode !== null) throw new Error(`PostgreSQL does not start:\n${text}`);
  };

  const end = async (name: NodeJS.Signals, pids: readonly number[]): Promise<void> => {
    tell(name, pids);
    await ended([...family(server), ...pids]);
  };

  const kill = (): Promise<void> => end("SIGKILL", family(server));

  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    // Fast shutdown: the clients are cut off, as by a restart of the service.
    stop: () => end("SIGINT", [server.pid!]),
    kill,
    freeze() {
      // First the one that would start others.
      signal(server.pid!, "SIGSTOP");
      tell("SIGSTOP", family(server));
    },
    thaw: () => tell("SIGCONT", family(server).reverse()),
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
