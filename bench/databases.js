/**
 * Redis and PostgreSQL of our own, each on a free port and with its data in a folder that goes when it is stopped. Both
 * run as they are shipped: Redis writes snapshots and no log of every command, PostgreSQL waits for the disk (fsync).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { has, onCore } from "./cores.js";
import { atEnd, temporaryFolder } from "./leftovers.js";
import { spentBy } from "./spent.js";

const host = "127.0.0.1";
/** Seconds that a database may take to listen. */
const patience = 30;
/** Not the core of the server that is measured; not that of the load either, where there is a third one. */
const core = Math.min(2, availableParallelism() - 1);

async function freePort() {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const idOf = (flag, user) =>
  Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }));

/** Who PostgreSQL runs as: it refuses to run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const find = (user) => {
    try {
      return { uid: idOf("-u", user), gid: idOf("-g", user) };
    } catch {
      return undefined;
    }
  };
  return find("postgres") ?? find("nobody");
}

const debian = "/usr/lib/postgresql";

/**
 * The folder of PostgreSQL's programs, with its slash; empty where they are in the path; undefined where there are none,
 * or those of a client only.
 */
export function programs(folder = debian) {
  if (has("initdb", "--version") && has("postgres", "--version")) return "";
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => `${folder}/${version}/bin/`)
    .find((bin) => existsSync(`${bin}initdb`) && existsSync(`${bin}postgres`));
}

const redis = {
  isThere: () => has("redis-server", "--version"),
  owner: () => ({}),
  command: (folder, port) => ["redis-server", "--bind", host, "--port", String(port), "--dir", folder],
  hello: Buffer.from("PING\r\n"),
  isReady: (answer) => answer.startsWith("+PONG"),
  // On any other signal it writes a snapshot first.
  ends: "SIGKILL",
  envAt: (port) => ({ REDIS_URL: `redis://${host}:${port}` }),
};

/** What a client of PostgreSQL says first: the length, version 3.0, and who it is. */
function startup() {
  const said = Buffer.from("\0\0\0\0\0\x03\0\0user\0bench\0database\0postgres\0\0");
  said.writeInt32BE(said.length);
  return said;
}

const postgres = {
  isThere: () => programs() !== undefined,
  owner: unprivileged,
  prepare(folder, owner) {
    const args = ["-D", folder, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale", "C"];
    execFileSync(`${programs()}initdb`, args, {
      ...owner,
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
  },
  command: (folder, port) => [
    `${programs()}postgres`,
    ...["-D", folder, "-p", String(port)],
    ...["-c", `listen_addresses=${host}`, "-c", "unix_socket_directories="],
  ],
  hello: startup(),
  // An R asks for no password; an E is all that comes while it starts.
  isReady: (answer) => answer.startsWith("R"),
  // At once: nobody wants the data any more.
  ends: "SIGQUIT",
  envAt: (port) => ({ DATABASE_URL: `postgres://bench@${host}:${port}/postgres` }),
};

const kinds = { redis, postgres };

/** What a server answers to who says hello; empty while it does not listen. */
async function answerOf(port, hello) {
  const socket = connect(port, host);
  try {
    socket.write(hello);
    const [bytes] = await once(socket, "data", { signal: AbortSignal.timeout(1000) });
    return bytes.toString("latin1");
  } catch {
    return "";
  } finally {
    socket.destroy();
  }
}

/** Starts a database. Gives its port, the environment that leads to a port of it, the CPU it has used, and how to stop it. */
async function start(name) {
  const { owner, prepare, command, hello, isReady, ends, envAt } = kinds[name];
  const { folder, remove } = temporaryFolder(name);
  const user = owner();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  prepare?.(folder, user);
  const port = await freePort();
  const [program, ...args] = onCore(core, ...command(folder, port));
  const child = spawn(program, args, { ...user, cwd: folder, stdio: "ignore" });
  const kill = atEnd(() => child.kill(ends));
  const closed = once(child, "close");
  const stop = async () => {
    kill();
    await closed;
    remove();
  };
  const spent = () => spentBy(child.pid);
  for (const end = Date.now() + patience * 1000; Date.now() < end; await wait(50)) {
    if (isReady(await answerOf(port, hello))) return { port, envAt, spent, stop };
    if (child.exitCode !== null) break;
  }
  await stop();
  throw new Error(`${name} did not begin to listen; try: ${command(folder, port).join(" ")}`);
}

/**
 * Runs `use` with a function that gives a database by its name, started when it is first asked for, or null where it
 * is not installed. All of them are stopped in the end.
 */
export async function withDatabases(use) {
  const running = new Map();
  const databaseOf = (name) => {
    if (!running.has(name)) running.set(name, kinds[name].isThere() ? start(name) : null);
    return running.get(name);
  };
  try {
    return await use(databaseOf);
  } finally {
    const started = await Promise.allSettled(running.values());
    await Promise.all(started.map(({ value }) => value?.stop()));
  }
}
