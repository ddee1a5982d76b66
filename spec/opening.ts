/** What files of specs open must be closed, and what fails in that be seen. */
import { mock } from "node:test";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { opening } from "./house/opening.js";

test("what fails before the tests of a file is printed, and what was opened till then is closed, the last first", async () => {
  const hooks = { before: [] as (() => Promise<void>)[], after: [] as (() => Promise<void>)[] };
  const file = {
    before: (hook: () => Promise<void>) => void hooks.before.push(hook),
    after: (hook: () => Promise<void>) => void hooks.after.push(hook),
  };
  const oops = new Error("oops");
  const done: unknown[] = [];
  opening(file, async (closes) => {
    for (const what of ["server", "pool"]) closes(() => done.push(what));
    throw oops;
  });
  const printing = mock.method(console, "error", (error: unknown) => done.push(error));
  for (const hook of hooks.before) await hook().catch((error) => done.push(error));
  printing.mock.restore();
  for (const hook of hooks.after) await hook();
  assert.equal(done, [oops, oops, "pool", "server"]);
});

test.run();
