/** Workers that the system does not let start, as where memory is short: Node throws then. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { running } from "../../house/program.js";
import { ask, gone, pidsOf, portOf, program, upOf } from "./program.js";

/** Has the primary fail to start its worker of this number, counted from 1. */
const failing = (number: number): string => `
  if (cluster.isPrimary) {
    const { fork } = cluster;
    let forks = 0;
    cluster.fork = (env) => {
      forks += 1;
      if (forks === ${number}) throw new Error("spawn ENOMEM");
      return fork(env);
    };
  }`;

test("a replacement that cannot be started is tried again, and the others go on", () =>
  running(program({ first: failing(3) }), async (program) => {
    const port = await portOf(program);
    const crashed = Number(await ask(port));
    await ask(port, "/crash").catch(() => {});
    await program.line(/^up /, 3);
    assert.equal(
      program.lines.filter((line) => line.startsWith("log:")).map((line) => line.replace(/ \d+ /, " N ")),
      [
        "log: serve: worker N ended (exit code 3); another is started",
        "log: serve: a worker ended (spawn ENOMEM); another is started in 0.1 s",
      ],
    );
    assert.ok(upOf(program).includes(crashed));
    assert.is((await pidsOf(port)).length, 2);
  }));

test("a roll whose new worker cannot be started leaves the old ones, and the next roll is done", () =>
  running(program({ options: "workers: 1", first: failing(2) }), async (program) => {
    const port = await portOf(program, 1);
    program.kill("SIGHUP");
    await program.line(
      /^log: serve: a new worker ended before it listened \(spawn ENOMEM\); the old ones stay$/,
    );
    assert.equal(await pidsOf(port), upOf(program));
    program.kill("SIGHUP");
    await program.line(/^up /, 2);
    await gone(upOf(program).slice(0, 1));
    assert.equal(await pidsOf(port), upOf(program).slice(1));
  }));

test("where one of the first workers cannot be started, none stays", () =>
  running(program({ options: "workers: 3", first: failing(2) }), async (program) => {
    assert.is(await program.ended, 1);
    assert.match(program.lines.at(-1)!, /^Error serve: a worker ended before it listened \(spawn ENOMEM\)/);
    await gone(upOf(program));
  }));

test.run();
