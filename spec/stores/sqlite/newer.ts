/** The specs of the SQLite store on the SQLite that newer Nodes have, where this one has none. */
import { join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../house/child.js";
import { hasOwn, newerNode } from "../../house/sqlite.js";

if (!hasOwn && newerNode === undefined)
  console.log("skipped: SQLite of a newer Node: there is none; npm run sqlite installs it");

if (!hasOwn && newerNode !== undefined) {
  const node = newerNode;
  test("the specs of SQLite pass on a newer Node, with the SQLite that it has", async () => {
    const folder = relative(process.cwd(), join(import.meta.dirname, ".."));
    const args = [
      join("node_modules", "uvu", "bin.js"),
      folder,
      "^sqlite.*\\.js$",
      "--ignore",
      "newer|worker",
    ];
    const { ok, stdout, stderr } = await run(node, args, { cwd: ".", limit: 120 });
    assert.ok(ok, stdout + stderr);
    assert.match(stdout, /Passed: +\d\d+$/m);
  });
}

test.run();
