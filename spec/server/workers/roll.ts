/** New workers in the place of old ones, while clients keep asking. */
import { once } from "node:events";
import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "../../house/eventually.js";
import { running } from "../../house/program.js";
import { allOf, dial } from "../wire.js";
import { ask, gone, pidsOf, portOf, program, upOf } from "./program.js";

type Tally = { answered: number; readonly failures: unknown[] };

/** Clients keep asking, each in its own way, while something happens; gives what they were answered. */
async function loaded(port: number, meanwhile: (tally: Tally) => Promise<void>): Promise<Tally> {
  const agent = new Agent({ keepAlive: true });
  const tally: Tally = { answered: 0, failures: [] };
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
      if (Number(answer) > 0) tally.answered += 1;
      else tally.failures.push(answer);
      await pause(Math.random() * 20);
    }
  };
  const clients = Array.from({ length: 30 }, (_, i) => client(ways[i % ways.length]!));
  try {
    await meanwhile(tally);
  } finally {
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
  }
  return tally;
}

test("SIGHUP puts new workers in the place of the old ones, and no request is lost", () =>
  running(program(), async (program) => {
    const port = await portOf(program);
    const { failures } = await loaded(port, async (tally) => {
      await eventually(() => tally.answered > 100);
      const old = upOf(program);
      program.kill("SIGHUP");
      await program.line(/^up /, 4);
      await gone(old);
    });
    assert.equal(failures, []);
    assert.equal(await pidsOf(port), upOf(program).slice(2).sort());
    assert.not(program.lines.some((line) => line.startsWith("log:")));
  }));

/** A worker says when it begins to drain. */
const drains = `
  const look = setInterval(() => {
    if (cluster.isPrimary || server.listening) return;
    console.log("drains", process.pid);
    clearInterval(look);
  }, 5).unref();`;

test("a request on a connection that was idle when its worker began to drain is answered as the last one", () =>
  running(program({ options: "workers: 1", then: drains, idle: 20_000 }), async (program) => {
    const port = await portOf(program, 1);
    const asked = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const socket = dial(port, asked);
    const text = allOf(socket);
    const [pid] = upOf(program);
    await once(socket, "data");
    program.kill("SIGHUP");
    await program.line(new RegExp(`^drains ${pid}$`));
    assert.is(socket.readyState, "open");
    socket.write(asked);
    const [first, last] = (await text).split(/(?<=\r\n\r\n\d+)(?=HTTP)/);
    assert.match(first!, new RegExp(`connection: keep-alive\r\n[^]*${pid}$`, "i"));
    assert.match(last!, new RegExp(`connection: close\r\n[^]*${pid}$`));
    await gone([pid!]);
  }));

test("a connection that says nothing more is closed when the time is over that its client was told", () =>
  running(program({ options: "workers: 1", then: drains, idle: 3000 }), async (program) => {
    const socket = dial(await portOf(program, 1), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const text = allOf(socket);
    await once(socket, "data");
    const begun = Date.now();
    program.kill("SIGUSR2");
    await program.line(/^drains /);
    assert.is(socket.readyState, "open");
    assert.match(await text, /keep-alive: timeout=3\r\n/i);
    assert.ok(Date.now() - begun > 2500);
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
  running(program({ first: `cluster.on("fork", () => console.log("forks"));` }), async (program) => {
    await portOf(program);
    program.kill("SIGHUP");
    await program.line(/^up /, 3);
    for (const signal of ["SIGHUP", "SIGUSR2", "SIGHUP"] as const) program.kill(signal);
    await program.line(/^up /, 6);
    await gone(upOf(program).slice(0, 4));
    await pause(100);
    assert.is(program.lines.filter((line) => line === "forks").length, 6);
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

test("where the last old worker crashes during a roll, the port stays open, and the new one has its place", () =>
  running(program({ options: "workers: 1" }), async (running) => {
    const port = await portOf(running, 1);
    const [old] = upOf(running);
    // From now on every second worker never listens: one that took the old one's place as well would not.
    running.rewrite(
      program({ options: "workers: 1", first: "if (cluster.worker?.id === 3) await pause(60_000);" }),
    );
    running.kill("SIGHUP");
    await ask(port, "/crash").catch(() => {});
    await running.line(/^up /, 2);
    await running.line(/^log: serve: worker \d+ ended \(exit code 3\); a new one has its place$/);
    assert.is(await ask(port), String(upOf(running)[1]));
    assert.is.not(upOf(running)[1], old);
    assert.is(running.lines.filter((line) => line.startsWith("log:")).length, 1);
  }));

test("a new version that does not come up while the old worker crashes is followed by another", () =>
  running(program({ options: "workers: 1" }), async (running) => {
    const port = await portOf(running, 1);
    running.rewrite("await new Promise((resolve) => setTimeout(resolve, 300)); process.exit(7);");
    running.kill("SIGHUP");
    await ask(port, "/crash").catch(() => {});
    await running.line(/; the old ones stay$/);
    running.rewrite(program({ options: "workers: 1" }));
    await running.line(/^log: serve: worker \d+ ended \(exit code 3\); another is started/);
    await running.line(/^up /, 2);
    assert.is(await ask(port), String(upOf(running)[1]));
  }));

test("a signal that comes before the workers listen is followed when they do", () =>
  running(
    program({
      options: "workers: 1",
      first: `if (cluster.isWorker) { console.log("begins"); await pause(300); }`,
    }),
    async (program) => {
      await program.line(/^begins/);
      program.kill("SIGHUP");
      await program.line(/^up /, 2);
      await gone(upOf(program).slice(0, 1));
    },
  ));

test.run();
