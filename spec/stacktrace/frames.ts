/** The lines of a stack become places. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { framesOf } from "../../lib/stacktrace/frames.js";

const of = (...lines: string[]) =>
  framesOf(["Error: x", ...lines.map((line) => `    at ${line}`)].join("\n"), "x");

test("a place has a function, a file, a line and a column", () => {
  assert.equal(
    of("show (file:///app/a%20b.js?copy=1:10:5)", "Object.<anonymous> [as run] (/app/(x)/a.js:1:2)"),
    [
      { name: "show", file: "/app/a b.js", line: 10, column: 5 },
      { name: "Object.<anonymous> [as run]", file: "/app/(x)/a.js", line: 1, column: 2 },
    ],
  );
  assert.equal(
    of("file:///app/a.js:10:5", "async file:///app/a.js:1:1", "async Promise.x (node:internal/a:2:3)"),
    [
      { name: "", file: "/app/a.js", line: 10, column: 5 },
      { name: "", file: "/app/a.js", line: 1, column: 1 },
      { name: "async Promise.x", file: "node:internal/a", line: 2, column: 3 },
    ],
  );
});

test("what names no place in a file is left out", () => {
  assert.equal(of("Array.map (<anonymous>)", "async Promise.all (index 0)", "<anonymous>", "native"), []);
  assert.equal(of("file:///app/%zz.js:1:1"), [{ name: "", file: "file:///app/%zz.js", line: 1, column: 1 }]);
});

test("a message that looks like a place is none", () => {
  const message = "first\n    at fake (/etc/passwd.js:1:1)";
  assert.equal(
    framesOf(`Error: ${message}\n    at real (/a.js:1:1)`, message).map(({ name }) => name),
    ["real"],
  );
});

test.run();
