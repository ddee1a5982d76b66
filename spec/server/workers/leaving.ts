/** Ends that come at a bad time: while workers start, roll, or wait to be replaced; and what they leave behind. */
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isAlive } from "../../house/child.js";
import { eventually } from "../../house/eventually.js";
import { type Program, running } from "../../house/program.js";
import { allOf, dial } from "../wire.js";
import { ask, gone, portOf, program, upOf } from "./program.js";

const asked = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const logged = ({ lines }: Program) => lines.filter((line) => line.startsWith("log:"));

/** Has workers say that they begin, and do this before they serve. */
const starting = (what: string): string => `if (cluster.isWorker) { console.log("begins"); ${what} }`;

test("after SIGTERM at the primary a request over an idle connection is answered, and the last one there", () =>
  running(program({ options: "workers: 1", idle: 20_000 }), async (program) => {
    const port = await portOf(program, 1);
    const socket = dial(port, asked);
    const text = allOf(socket);
    await once(socket, "data");
    program.kill("SIGTERM");
    // The first ones may still come before the worker has been told.
    await eventually(() => {
      if (!socket.destroyed) socket.write(asked);
      return socket.destroyed;
    });
    const answers = (await text).split(/(?=HTTP\/1\.1 )/);
    assert.ok(answers.every((answer) => answer.startsWith("HTTP/1.1 200 OK")));
    assert.match(answers.at(-1)!, "\r\nconnection: close\r\n");
    assert.is(await program.ended, 0);
  }));

test("SIGTERM ends a roll whose new worker does not listen yet", () =>
  running(program(), async (running) => {
    await portOf(running);
    running.rewrite(program({ first: starting("await pause(60_000);") }));
    running.kill("SIGHUP");
    await running.line(/^begins/);
    running.kill("SIGTERM");
    assert.is(await running.ended, 0);
    await gone(upOf(running));
    assert.equal(logged(running), []);
  }));

test("SIGTERM ends a roll that waits for an old worker, and no other is started", () =>
  running(
    program({
      first: starting(""),
      // The worker that is replaced first has its end long before the other.
      then: `answers["/slow"] = () => pause(cluster.worker.id === 1 ? 600 : 2000);`,
    }),
    async (program) => {
      const port = await portOf(program);
      const answers = [ask(port, "/slow"), ask(port, "/slow")];
      program.kill("SIGHUP");
      await program.line(/^up /, 3);
      program.kill("SIGTERM");
      assert.is(await program.ended, 0);
      assert.is(new Set(await Promise.all(answers)).size, 2);
      assert.is(program.lines.filter((line) => line === "begins").length, 3);
      assert.not(upOf(program).some(isAlive));
    },
  ));

test("a server that is closed while a worker waits to be replaced starts none", () =>
  running(
    program({
      options: `workers: 1, signals: false, log: (line) => { if (line.endsWith("in 0.2 s")) onlyClose(); }`,
      first: "let onlyClose;",
      then: `if (cluster.isPrimary) onlyClose = () => close().then(() => console.log("closed"));
        else setTimeout(() => process.exit(1), 20);`,
    }),
    async (program) => {
      await program.line(/^closed/);
      assert.is(await program.ended, 0);
      assert.is(upOf(program).length, 3);
    },
  ));

test("SIGHUP while the first workers fail to start changes nothing of how that is told", () =>
  running(program({ first: starting("await pause(300); process.exit(9);") }), async (program) => {
    await program.line(/^begins/);
    program.kill("SIGHUP");
    assert.is(await program.ended, 1);
    assert.match(program.lines.at(-1)!, /^Error serve: a worker ended before it listened \(exit code 9\)/);
  }));

test("a worker whose program closes its server ends, and another takes its place", () =>
  running(
    program({
      options: "workers: 1",
      then: `answers["/close"] = () => void close({ grace: 1 });`,
    }),
    async (program) => {
      const port = await portOf(program, 1);
      const [old] = upOf(program);
      await ask(port, "/close");
      await program.line(/^up /, 2);
      assert.equal(logged(program), [`log: serve: worker ${old} ended (exit code 0); another is started`]);
      assert.is(await ask(port), String(upOf(program)[1]));
    },
  ));

test("an old worker of a roll has ten seconds, or more where idle connections may stay for longer", () =>
  running(
    program({
      options: "workers: 1",
      first: `if (cluster.isPrimary) cluster.on("fork", (worker) => {
        const { send } = worker;
        worker.send = (...args) => {
          console.log("order", JSON.stringify(args[0]));
          return send.apply(worker, args);
        };
      });`,
      then: `if (cluster.isPrimary) process.once("SIGWINCH", () => { server.keepAliveTimeout = 20_000; console.log("set"); });`,
    }),
    async (program) => {
      await portOf(program, 1);
      program.kill("SIGHUP");
      assert.match(await program.line(/^order/), /"grace":10,"keepIdle":true/);
      await program.line(/^up /, 2);
      program.kill("SIGWINCH");
      await program.line(/^set/);
      program.kill("SIGHUP");
      assert.match(await program.line(/^order/, 2), /"grace":22,"keepIdle":true/);
    },
  ));

test("a new worker that never listens is ended after a minute, and the old ones stay", () =>
  running(
    program({
      options: "workers: 1",
      // The primary's minutes are short.
      first: `if (cluster.isPrimary) {
        const { setTimeout: real } = globalThis;
        globalThis.setTimeout = (act, ms, ...args) => real(act, ms === 60_000 ? 500 : ms, ...args);
      }`,
    }),
    async (running) => {
      const port = await portOf(running, 1);
      running.rewrite("setInterval(() => {}, 1000);");
      running.kill("SIGHUP");
      await running.line(
        /^log: serve: a new worker ended before it listened \(SIGKILL\); the old ones stay$/,
      );
      assert.equal([await ask(port)].map(Number), upOf(running));
    },
  ));

test("sessions in memory are allowed again where workers could not be started", () =>
  running(
    program({
      first: `const { createServer } = await import("node:net");
        const taken = createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => taken.once("listening", resolve));
        await serve(app, { port: taken.address().port, workers: 2 }).catch(({ code }) => console.log(code));
        withSession();
        console.log("allowed");
        process.exit();`,
    }),
    async (program) => {
      assert.is(await program.ended, 0);
      assert.equal(program.lines, ["EADDRINUSE", "allowed"]);
    },
  ));

test("sessions in memory are allowed again when the workers are gone, and not before", () =>
  running(
    program({
      options: "signals: false",
      then: `if (cluster.isPrimary) {
        await serve(app, { port: 0, workers: 2 }).catch(({ message }) => console.log(message));
        try { withSession(); } catch ({ message }) { console.log(message); }
        await close();
        withSession();
        console.log("allowed");
      }`,
    }),
    async (program) => {
      assert.is(await program.ended, 0);
      const told = program.lines.filter((line) => !/^(?:up|serving) /.test(line));
      assert.match(told.join("\n"), /^serve: only one call .*\nserve: sessions in memory are .*\nallowed$/);
    },
  ));

test.run();
