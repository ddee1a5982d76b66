/** The tools of the house: what counts the specs, reads the import lines and runs the examples must be able to fail. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf, inPlace, missingNames, withExpectations, withoutPorts } from "./house/blocks.js";
import {
  circles,
  floorOf,
  type Graph,
  importsOf,
  loads,
  trespassers,
  unlisted,
  upward,
} from "./house/imports.js";
import { tally } from "./house/tally.js";

const summary = (total: number, passed: number, skipped: number): string =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.00ms\n\n`;

test("a run of specs is counted from uvu's summary", () => {
  assert.equal(tally(`a.js\n• • •   (3 / 3)\n${summary(3, 3, 0)}`, 0), { passed: 3, failed: 0, skipped: [] });
  assert.equal(tally(`a.js\n• ✘ •   (2 / 3)\n${summary(3, 2, 0)}`, 1), { passed: 2, failed: 1, skipped: [] });
});

test("colours do not hide the counts", () => {
  const colored = "\n  Total:     2\x1b[31m\n  Passed:    1\x1b[39m\n  Skipped:   \x1b[33m4\x1b[39m\n";
  const { passed, failed, skipped } = tally(colored, 1);
  assert.equal([passed, failed, skipped.length], [1, 1, 1]);
});

test("a failing hook fails its tests, though uvu ends well", () => {
  assert.is(tally(summary(3, 0, 0), 0).failed, 3);
});

test("a crash, a hang and a run without tests count as one failure", () => {
  assert.equal(tally("SyntaxError: no export named x", 1), { passed: 0, failed: 1, skipped: [] });
  assert.equal(tally("Exiting early before testing is finished.", null).failed, 1);
  assert.equal(tally(summary(3, 3, 0), 1), { passed: 3, failed: 1, skipped: [] });
  assert.equal(tally(summary(0, 0, 0), 0).failed, 1);
});

test("specs that could not run are listed with their reasons", () => {
  const printed = `a.js\n• • skipped: redis, no server\n•   (3 / 3)\nskipped: postgres\n${summary(3, 3, 2)}`;
  assert.equal(tally(printed, 0).skipped, ["redis, no server", "postgres", "2 by test.skip or test.only"]);
});

const floors = [["types"], ["text/*"], ["*"], ["routes"]];
const value = (...modules: string[]) => modules.map((to) => ({ to, kind: "value" as const }));

test("import lines are read as they are written", () => {
  const source = `/** import { a } from "./comment.js" */
import "./bare.js";
import type { B } from "../types.js";
import {
  c,
} from "./form.js";
export { d } from "cookie";
export const text = "./no-import.js";
const later = () => import("pg");
`;
  assert.equal(importsOf("text/cookie", source), [
    { to: "text/bare", kind: "value" },
    { to: "types", kind: "type" },
    { to: "text/form", kind: "value" },
    { to: "cookie", kind: "value" },
    { to: "pg", kind: "later" },
  ]);
});

test("a module stands on the floor that names it, or its folder, else on the floor of the rest", () => {
  const modules = ["types", "text/form", "text/seal/key", "decorate", "routes"];
  assert.equal(
    modules.map((module) => floorOf(module, floors)),
    [0, 1, 1, 2, 3],
  );
});

test("an upward import is found, also that of a type", () => {
  const graph: Graph = {
    types: [],
    "text/form": [{ to: "routes", kind: "type" }],
    routes: value("text/form"),
  };
  assert.equal(upward(graph, floors), ["text/form (floor 1) imports routes (floor 3)"]);
  assert.equal(upward({ ...graph, "text/form": value("types", "text/form", "node:fs") }, floors), []);
});

test("a circle is found once, however long it is", () => {
  assert.equal(circles({ a: value("b", "d"), b: value("c"), c: value("a"), d: [] }), ["a -> b -> c -> a"]);
  assert.equal(circles({ a: value("a") }), ["a -> a"]);
  assert.equal(circles({ a: value("b"), b: value("a", "c"), c: value("b") }).length, 2);
  assert.equal(circles({ a: value("b", "c"), b: value("c"), c: [] }), []);
});

test("a network module outside the server is found", () => {
  const graph = { body: value("node:http"), server: value("node:http"), "server/send": value("node:http") };
  const found = ["body imports node:http, which only server and server/* may"];
  assert.equal(trespassers(graph, ["node:http"], ["server", "server/*"]), found);
});

test("a package that is not listed is found", () => {
  const graph = { a: value("cookie", "@fastify/busboy", "node:fs", "b"), b: value("pg/lib/x", "@other/x/y") };
  assert.equal(unlisted(graph, ["cookie", "@fastify/busboy"]), [
    "b imports pg/lib/x, which package.json does not list",
    "b imports @other/x/y, which package.json does not list",
  ]);
});

test("a door that loads a network module is found, with the way there", () => {
  const graph: Graph = {
    testing: value("testing/client"),
    "testing/client": value("server"),
    server: value("node:http"),
    redis: [
      { to: "server", kind: "later" },
      { to: "server", kind: "type" },
    ],
  };
  const found = ["testing -> testing/client -> server -> node:http"];
  assert.equal(loads(graph, ["testing", "redis"], ["node:http"]), found);
});

const page = `# Page

\`\`\`js
one();
\`\`\`

- item

  \`\`\`ts
  two();
    three();
  \`\`\`

<!-- not run: Express -->
\`\`\`js
four();
\`\`\`
`;

test("the blocks of a page are read with their lines, without the indentation of a list", () => {
  const block = { page: "a.md", line: 4, language: "js", code: "one();\n" };
  assert.equal(blocksOf("a.md", page), [
    block,
    { page: "a.md", line: 10, language: "ts", code: "two();\n  three();\n" },
    { page: "a.md", line: 16, language: "js", code: "four();\n", reason: "Express" },
  ]);
  assert.is(inPlace(block, "one();", "import;").split("\n")[block.line - 1], "one();");
});

test("an expectation takes the whole expression before it, and no line moves", () => {
  const code = 'const a = 1\nadd(\n  a,\n  "b",\n); //=> { b: 2 }\na //=> 1';
  const expected =
    'const a = 1\n;expectSame(await (add(\n  a,\n  "b",\n)), ({ b: 2 }));\n;expectSame(await (a), (1));';
  assert.is(withExpectations(code), expected);
  assert.throws(() => withExpectations("const a = 1; //=> 1"), /expected an expression before/);
});

test("an example that serves takes a free port and ends by itself; others are left alone", () => {
  const served = withoutPorts("await serve(app, { port: 3000 });");
  assert.match(served, /port: 0 }\);\n;globalThis.setTimeout/);
  assert.match(withoutPorts("createServer(listener(app)).listen(3000)"), /listen\(0\)/);
  assert.is(withoutPorts("listener(app, { port: 3000 })"), "listener(app, { port: 3000 })");
});

test("an example misses the names that it uses and neither imports nor declares", () => {
  const names = ["html", "routes", "status", "Handler", "json", "text"];
  const code = `import { routes } from "composure";
type Handler = () => void;
const { status, body } = response;
routes(html, Handler, status, a.json, context);`;
  assert.equal(missingNames(code, names), ["html"]);
});

test.run();
