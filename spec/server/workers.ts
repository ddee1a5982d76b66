/** Serving by several processes: programs that do, and what becomes of their workers. */
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crashesWith, pauseAfter } from "../../lib/server/workers/pause.js";
import { serve } from "../../lib/server.js";
import { eventually, isAlive, type Program, running } from "../house/program.js";
import { allOf, dial, ok } from "./wire.js";

const lib = (path: string): string => JSON.stringify(new URL(`../../lib/${path}.js`, import.meta.url).href);

/** A program that serves by workers. Each says that it is up; the primary where it is found, and what it logs. */
const program = ({ options = "", first = "", then = "" } = {}): string => `
  import cluster from "node:cluster";
  import { setTimeout as pause } from "node:timers/promises";
  import { serve } from ${lib("server")};
  import { withSession } from ${lib("middleware/session")};
  import { memoryStore } from ${lib("stores/memory")};

  const answers = {
    "/crash": () => process.exit(3),
    "/slow": () => pause(300),
    "/hang": () => pause(60_000),
    "/spin": () => { for (;;); },
  };
  const app = async ({ uri }) => {
    await answers[uri]?.();
    const body = String(process.pid);
    const upgrade = ({ req }) => {
      req.socket.write("hello ");
      req.socket.once("closing", () => req.socket.end("goodbye"));
    };
    return uri === "/chat" ? { status: 200, headers: {}, body: null, upgrade } : { status: 200, headers: {}, body };
  };
  const log = (line) => console.log("log:", line);
  ${first}
  try {
    const { url, port, server, close } = await serve(app, { port: 0, workers: 2, log, ${options} });
    server.keepAliveTimeout = 2000;
    console.log(cluster.isPrimary ? "serving " + url : "up " + process.pid);
    ${then}
  } catch (error) {
    console.log(error.code ?? error.name, error.message);
    process.exitCode = 1;
  }
`;

/** The port, once the primary has said it and so many workers that they are up. */
async function portOf({ line }: Program, workers = 2): Promise<number> {
  await line(/^up /, workers);
  return Number(/\d+$/.exec(await line(/^serving /))?.[0]);
}

const upOf = ({ lines }: Program): number[] =>
  lines.filter((line) => line.startsWith("up ")).map((line) => Number(line.slice(3)));

/** Asks on a connection of its own, or on one of the agent's. */
function ask(port: number, path = "/", agent: Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: "127.0.0.1", path, agent }, async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      resolve(text);
    });
    request.on("error", reject).end();
  });
}

const pidsOf = async (port: number): Promise<number[]> => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(port)));
  return [...new Set(answers.map(Number))].sort();
};

const gone = (pids: readonly number[]) => eventually(() => !pids.some(isAlive));

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

test("each crash on end doubles the pause, up to five seconds; a worker that served for a while begins anew", () => {
  assert.equal([1, 2, 3, 4, 7, 8, 1000].map(pauseAfter), [0, 100, 200, 400, 3200, 5000, 5000]);
  assert.is(crashesWith(6, 9999), 7);
  assert.is(crashesWith(6, 10_000), 1);
});

/** Clients that keep asking, each in its own way, until they are told to stop; then what they were answered. */
function load(port: number) {
  const agent = new Agent({ keepAlive: true });
  const failures: unknown[] = [];
  let answered = 0;
  let isOver = false;
  const ways = [
    () => ask(port, "/", agent),
    () => ask(port, "/slow", agent),
    () => ask(port),
    () => fetch(`http://127.0.0.1:${port}/`).then((response) => response.text()),
    () =>
      fetch(`http://127.0.0.1:${port}/slow`, { method: "POST", body: "text" }).then((response) =>
        response.text(),
      ),
  ];
  const client = async (way: () => Promise<string>): Promise<void> => {
    while (!isOver) {
      const answer = await way().catch((error) => error);
      if (Number(answer) > 0) answered += 1;
      else failures.push(answer);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    }
  };
  const clients = Array.from({ length: 30 }, (_, i) => client(ways[i % ways.length]!));
  return async () => {
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    return { answered, failures };
  };
}

test("SIGHUP puts new workers in the place of the old ones, and no request is lost", () =>
  running(program(), async (program) => {
    const port = await portOf(program);
    const stop = load(port);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const old = upOf(program);
    program.kill("SIGHUP");
    await program.line(/^up /, 4);
    await gone(old);
    const { answered, failures } = await stop();
    assert.equal(failures, []);
    assert.ok(answered > 100, `${answered} answers`);
    assert.equal(await pidsOf(port), upOf(program).slice(2).sort());
    assert.not(program.lines.some((line) => line.startsWith("log:")));
  }));

test("a request on a connection that was idle when its worker began to drain is answered as the last one", () =>
  running(program({ options: "workers: 1" }), async (program) => {
    const port = await portOf(program, 1);
    const asked = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const socket = dial(port, asked);
    const text = allOf(socket);
    const [pid] = upOf(program);
    await once(socket, "data");
    program.kill("SIGHUP");
    await program.line(/^up /, 2);
    await eventually(async () => (await ask(port)) !== String(pid));
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.write(asked);
    const [first, last] = (await text).split(/(?<=\r\n\r\n\d+)(?=HTTP)/);
    assert.match(first!, new RegExp(`connection: keep-alive\r\n[^]*${pid}$`, "i"));
    assert.match(last!, new RegExp(`connection: close\r\n[^]*${pid}$`));
    await gone([pid!]);
  }));

test("a connection that says nothing more is closed when the time is over that its client was told", () =>
  running(program({ options: "workers: 1" }), async (program) => {
    const socket = dial(await portOf(program, 1), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const text = allOf(socket);
    await once(socket, "data");
    const begun = Date.now();
    program.kill("SIGUSR2");
    assert.match(await text, /keep-alive: timeout=2\r\n/i);
    assert.ok(Date.now() - begun > 1900);
    await gone(upOf(program).slice(0, 1));
  }));

test("a connection that has left HTTP hears that its worker drains", () =>
  running(program({ options: "workers: 1" }), async (program) => {
    const upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
    const socket = dial(await portOf(program, 1), `GET /chat HTTP/1.1\r\nhost: a\r\n${upgrade}\r\n`);
    const text = allOf(socket);
    await once(socket, "data");
    program.kill("SIGHUP");
    assert.is(await text, "hello goodbye");
    await gone(upOf(program).slice(0, 1));
  }));

test("signals that come during a roll are followed by one more", () =>
  running(program(), async (program) => {
    await portOf(program);
    program.kill("SIGHUP");
    await program.line(/^up /, 3);
    for (const signal of ["SIGHUP", "SIGUSR2", "SIGHUP"] as const) program.kill(signal);
    await program.line(/^up /, 6);
    await gone(upOf(program).slice(0, 4));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.is(upOf(program).length, 6);
  }));

test("a new version that does not come up leaves the old workers where they are", () =>
  running(program(), async (running) => {
    const port = await portOf(running);
    const old = upOf(running).sort();
    running.rewrite("process.exit(7);");
    running.kill("SIGHUP");
    await running.line(
      /^log: serve: a new worker ended before it listened \(exit code 7\); the old ones stay$/,
    );
    assert.equal(await pidsOf(port), old);
    running.rewrite(program());
    running.kill("SIGHUP");
    await gone(old);
    await running.line(/^up /, 4);
    assert.equal(await pidsOf(port), upOf(running).slice(2).sort());
  }));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} lets the workers finish and ends the primary with 0, also where it reaches all of them`, () =>
    running(
      program(),
      async (program) => {
        const port = await portOf(program);
        const answer = ask(port, "/slow");
        await new Promise((resolve) => setTimeout(resolve, 100));
        process.kill(-program.pid, signal);
        assert.ok(upOf(program).includes(Number(await answer)));
        assert.is(await program.ended, 0);
        assert.not(upOf(program).some(isAlive));
        assert.is(program.lines.length, 3, program.lines.join("\n"));
      },
      { isLeader: true },
    ));
}

test("a second signal ends them at once", () =>
  running(program(), async (program) => {
    const port = await portOf(program);
    const cut = ask(port, "/hang").catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    program.kill("SIGTERM");
    await eventually(() =>
      ask(port).then(
        () => false,
        () => true,
      ),
    );
    program.kill("SIGTERM");
    assert.is(await program.ended, "SIGTERM");
    await gone(upOf(program));
    assert.instance(await cut, Error);
  }));

test("workers end with their primary, however that ends", () =>
  running(program(), async (program) => {
    await portOf(program);
    program.kill("SIGKILL");
    await program.ended;
    await gone(upOf(program));
  }));

test("closing may be asked for twice, ends one that hears nothing, and leaves nothing behind", () =>
  running(
    program({
      options: "signals: false",
      then: `if (cluster.isPrimary) {
        console.log(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"].map((name) => process.listenerCount(name)).join());
        await Promise.any([fetch(url + "/spin"), pause(200)]);
        const closed = close({ grace: Infinity });
        console.log(closed === close({ grace: 0 }));
        await closed;
        await close();
        console.log("closed");
        const again = await serve(app, { port: 0, workers: 1, log });
        await again.close();
      }`,
    }),
    async (program) => {
      await program.line(/^closed/);
      await gone(upOf(program).slice(0, 2));
      assert.is(await program.ended, 0);
      assert.ok(program.lines.includes("0,0,0,0") && program.lines.includes("true"));
    },
  ));

test("an address where nobody can listen is told as ever, before a worker is started", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await running(program({ options: `port: ${port}` }), async (program) => {
    assert.is(await program.ended, 1);
    assert.is(program.lines.length, 1);
    assert.match(
      program.lines[0]!,
      `EADDRINUSE serve: cannot listen on port ${port} of 127.0.0.1. Something else`,
    );
  });
  server.close();
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
    for (const workers of ["2", `"auto"`]) {
      await running(program({ first, options: `workers: ${workers}` }), async (program) => {
        assert.is(await program.ended, 1);
        assert.match(program.lines.at(-1)!, expected);
        assert.equal(upOf(program), []);
      });
    }
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
