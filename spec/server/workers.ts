/** Serving by several processes: how they start, what is refused beforehand, and those that crash. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { serve } from "../../lib/server.js";
import { running } from "../house/program.js";
import { ok } from "./wire.js";
import { ask, gone, pidsOf, portOf, program, upOf } from "./workers/program.js";

test("several processes answer on one port, and the primary says where", () =>
  running(
    program({ then: "if (cluster.isPrimary) console.log(server.listening, port);" }),
    async (program) => {
      const port = await portOf(program);
      assert.is(await program.line(/^false/), `false ${port}`);
      const pids = await pidsOf(port);
      assert.equal(pids, upOf(program).sort());
      assert.is(pids.length, 2);
      assert.not(pids.includes(program.pid));
    },
  ));

test("a worker that crashes is replaced at once, on the same port, and told of", () =>
  running(program({ options: "workers: 1" }), async (program) => {
    const port = await portOf(program, 1);
    const [old] = await pidsOf(port);
    await ask(port, "/crash").catch(() => {});
    await program.line(/^up /, 2);
    const [young] = await pidsOf(port);
    assert.is.not(young, old);
    assert.equal(
      program.lines.filter((line) => line.startsWith("log:")),
      [`log: serve: worker ${old} ended (exit code 3); another is started`],
    );
  }));

test("workers that keep crashing are replaced ever more slowly", () =>
  running(
    program({ options: "workers: 1", then: "if (cluster.isWorker) setTimeout(() => process.exit(1), 20);" }),
    async (program) => {
      await program.line(/ended \(exit code 1\); another is started in 0.4 s/);
    },
  ));

test("an address where nobody can listen is told as ever, before a worker is started", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await running(program({ options: `port: ${port}` }), async (program) => {
      assert.is(await program.ended, 1);
      assert.is(program.lines.length, 1);
      assert.match(
        program.lines[0]!,
        `EADDRINUSE serve: cannot listen on port ${port} of 127.0.0.1. Something else`,
      );
    });
  } finally {
    server.close();
  }
});

test("a worker that ends before it listens is a broken program: none stays, and the error says so", () =>
  running(
    program({ first: `if (cluster.worker?.id === 2) { console.log("up", process.pid); process.exit(9); }` }),
    async (program) => {
      assert.is(await program.ended, 1);
      await gone(upOf(program));
      assert.match(
        program.lines.at(-1)!,
        /^Error serve: a worker ended before it listened \(exit code 9\)\. The whole/,
      );
    },
  ));

test("workers that cannot be started at all are told of too", () =>
  running(program({ first: `cluster.setupPrimary({ cwd: "/no/such/place" });` }), async (program) => {
    assert.is(await program.ended, 1);
    assert.match(program.lines.at(-1)!, /^Error serve: a worker ended before it listened \(spawn .*ENOENT\)/);
  }));

const memory =
  /^TypeError serve: sessions in memory are known to one process only, and "workers" starts several\. Use a store of composure\/redis, composure\/postgres or composure\/sqlite$/;
const keys =
  /^TypeError serve: cookie sessions without "keys" are readable to one process only, .* Give withSession "keys" that all/;

for (const [what, first, expected] of [
  ["sessions in memory", "withSession();", memory],
  ["a store in memory", "withSession(memoryStore());", memory],
  ["cookies under keys of one process", `withSession("cookie");`, keys],
] as const) {
  test(`${what} are refused before anything is started, also where the machine has one core`, async () => {
    const refused = (workers: string) =>
      running(program({ first, options: `workers: ${workers}` }), async (program) => {
        assert.is(await program.ended, 1);
        assert.match(program.lines.at(-1)!, expected);
        assert.equal(upOf(program), []);
      });
    await Promise.all(["2", `"auto"`].map(refused));
  });
}

test("sessions that are made later are refused when they are made", () =>
  running(program({ options: `workers: "auto"`, then: "withSession();" }), async (program) => {
    await program.line(memory);
  }));

test("sessions that processes can share are not refused, nor any where one worker is asked for", async () => {
  const shared = `const { read, create, update, delete: remove } = memoryStore();
    withSession({ read, create, update, delete: remove });
    withSession({ type: "cookie", keys: "k".repeat(32) });`;
  for (const options of [
    { first: shared },
    { first: `withSession(); withSession("cookie");`, options: "workers: 1" },
  ]) {
    await running(program(options), async (program) => void (await program.line(/^serving /)));
  }
});

test("the worker of a primary that is the user's own listens by itself", () =>
  running(
    program({
      first: `if (cluster.isPrimary) {
        cluster.fork();
        process.on("SIGTERM", () => process.exit(0));
        await new Promise(() => {});
      }`,
      then: "console.log(url.split(':').pop(), process.listenerCount('SIGTERM'), process.listenerCount('SIGHUP'));",
    }),
    async (program) => {
      const [port, stops, rolls] = (await program.line(/^\d+ \d \d/)).split(" ").map(Number);
      assert.is(await ask(port!), String(upOf(program)[0]));
      assert.equal([stops, rolls], [1, 0]);
    },
  ));

test("a process has workers for one server", () =>
  running(
    program({ then: "if (cluster.isPrimary) await serve(app, { port: 0, workers: 1 });" }),
    async (program) =>
      void (await program.line(/^Error serve: only one call of a process can have "workers"/)),
  ));

test("a number of workers that is none is refused", async () => {
  for (const workers of [0, -1, 1.5, Number.NaN, "many", "2", null] as never[]) {
    const error = await serve(() => ok(), { port: 0, signals: false, workers }).catch((error) => error);
    assert.instance(error, TypeError);
    assert.match(error.message, /^serve: expected "auto" or a whole number from 1 as "workers", got /);
  }
});

test.run();
