/** The end of a primary and of its workers. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isAlive } from "../../house/child.js";
import { eventually } from "../../house/eventually.js";
import { isListening } from "../../house/port.js";
import { running } from "../../house/program.js";
import { ask, gone, portOf, program, upOf } from "./program.js";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} lets the workers finish and ends the primary with 0, also where it reaches all of them`, () =>
    running(
      program(),
      async (program) => {
        const port = await portOf(program);
        const answer = ask(port, "/slow");
        await program.line(/^asked /);
        process.kill(-program.pid, signal);
        assert.ok(upOf(program).includes(Number(await answer)));
        assert.is(await program.ended, 0);
        assert.not(upOf(program).some(isAlive));
        assert.is(program.lines.length, 4, program.lines.join("\n"));
      },
      { isLeader: true },
    ));
}

test("a second signal ends them at once", () =>
  running(program(), async (program) => {
    const port = await portOf(program);
    const cut = ask(port, "/hang").catch((error) => error);
    await program.line(/^asked /);
    program.kill("SIGTERM");
    await eventually(async () => !(await isListening(port)));
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

test.run();
