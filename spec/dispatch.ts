import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { indexed } from "../lib/dispatch.js";
import { compile } from "../lib/pattern.js";
import { ANY, context, GET, POST, routes } from "../lib/routes.js";
import { type Handler, type Notes, noted, type Request, type Response } from "../lib/types.js";

/** Which of these patterns an index over them finds for a path. */
function finder(...sources: string[]) {
  const find = indexed(sources.map((source) => ({ source, shape: compile(source, "whole").shape })));
  return (path: string) => {
    const found = find(path);
    const all: string[] = [];
    for (let entry = found.at(0); entry !== undefined; entry = found.at(all.length)) all.push(entry.source);
    return all;
  };
}

const many = (source: (i: number) => string) =>
  finder(...Array.from({ length: 10_000 }, (_, i) => source(i)));

test("only what the path can reach is left, in its order", () => {
  const open = ["*", "/a/*", "/:x{.+}/b"];
  const ended = ["/a/b", "/:x/b", "/a/:x", "/a-:x/b", "/a/b-:x", "/b", "/a", "/:x"];
  const find = finder(...ended, ...open, ...ended, "*/late");
  assert.equal(find("/a/b"), ["/a/b", "/:x/b", "/a/:x", ...open, "/a/b", "/:x/b", "/a/:x", "*/late"]);
  assert.equal(find("/a-1/b"), ["/:x/b", "/a-:x/b", "*", "/:x{.+}/b", "/:x/b", "/a-:x/b", "*/late"]);
  assert.equal(find("/a"), ["/a", "/:x", "*", "/:x{.+}/b", "/a", "/:x", "*/late"]);
  assert.equal(find("/c/c/d"), ["*", "/:x{.+}/b", "*/late"]);
});

test("of ten thousand patterns that differ in one segment one is found, wherever that segment is", () => {
  assert.equal(many((i) => `/api/r${i}`)("/api/r9999"), ["/api/r9999"]);
  assert.equal(many((i) => `/r${i}/:id`)("/r77/x"), ["/r77/:id"]);
  assert.equal(many((i) => `/r${i}-:id`)("/r77-x"), ["/r77-:id"]);
  assert.equal(many((i) => `/:lang/r${i}/:id`)("/de/r77/x"), ["/:lang/r77/:id"]);
  assert.equal(many((i) => `/:y{\\d+}/:m{[a-z]{3}}/r${i}`)("/1/jan/r77"), ["/:y{\\d+}/:m{[a-z]{3}}/r77"]);
  assert.equal(many((i) => `/${"deep/".repeat(9)}r${i}`)("/other"), []);
});

test("patterns of ten thousand segments are no deeper than others", () => {
  const deep = "/a".repeat(10_000);
  const find = finder(...Array.from({ length: 9 }, (_, i) => `${deep}/${i}`));
  assert.is(find(`${deep}/7`).includes(`${deep}/7`), true);
});

test("of contexts of one path side by side only one is entered", () => {
  const looks = (contexts: number) => {
    let count = 0;
    const request = {
      method: "GET",
      uri: "/de/r77",
      get headers() {
        count++;
        return {};
      },
    };
    const all = Array.from({ length: contexts }, (_, i) => context("/:lang", GET(`/r${i}`, "x")));
    assert.is((routes(all)(request) as Response).status, 200);
    return count;
  };
  assert.is(looks(1000), looks(78));
});

const sources = ["a", "b", "", ":x", ":y", "a-:x", ":x.:y", ":x{[ab]+}", ":x{\\d*}", ":x{.+}", "*", "a*", "é"]
  .map((segment) => `/${segment}`)
  .flatMap((one, _, all) => [one, ...all.map((two) => one + two), ...all.map((two) => `/:x${two}${one}`)])
  .filter((source) => !source.startsWith("//"));
const special = [
  "*",
  "*/b",
  "//:host.com/a",
  "//a.com/:x",
  "http://a.com/*",
  /\/(a)(\/b)?/,
  /\/(?<x>[^/]+)\/.*/,
];
const prefixes = ["/", "/a", "/b", "/:x", "/:y", "/a/:x", "/:x/a", "/*", "/a-:x", "/:x{\\d+}", "/é"];
const malformed = "%zz";
const segments = ["a", "a", "b", "b", "7", "", "a-b", "a.b", "a;b", "%61", "é", "%C3%a9", malformed];

/** A route that tells what it saw, or passes every request on. */
function route(source: string | RegExp, id: string): Handler {
  const build = { a: ANY, p: POST }[id[0] as string] ?? GET;
  return build(source, ({ params, routeParams, route, context, pathInfo }) =>
    id.endsWith("-") ? null : JSON.stringify([id, params, routeParams, route, context, pathInfo]),
  );
}

/** The same handlers twice: as they are written, and asked one by one; the text is for a failure to show. */
type Twice = { readonly text: string; readonly written: Handler; readonly oneByOne: Handler };

const alone = (text: string, handler: Handler): Twice => ({ text, written: handler, oneByOne: handler });
const plain: Handler = ({ uri }) => (uri.endsWith("b") ? { status: 200, headers: {}, body: "plain" } : null);
const leaves = ["g1", "g2", "g-", "p1", "p-", "a1", "a-"].flatMap((id) =>
  [...sources, ...special].map((source) => alone(`${id} ${source}`, route(source, id))),
);

/** What `routes` means, in a line. */
const inTurn =
  (all: readonly Twice[]): Handler =>
  (request) => {
    for (const { oneByOne } of all) {
      const answer = oneByOne(request) as Response | null;
      if (answer !== null) return answer;
    }
    return null;
  };

const textOf = (all: readonly Twice[]): string => all.map(({ text }) => text).join(", ");
const group = (all: readonly Twice[]): Twice => ({
  text: `routes(${textOf(all)})`,
  written: routes(all.map(({ written }) => written)),
  oneByOne: inTurn(all),
});
const under = (prefix: string, all: readonly Twice[]): Twice => ({
  text: `context(${prefix}, ${textOf(all)})`,
  written: context(prefix, ...all.map(({ written }) => written)),
  oneByOne: context(prefix, inTurn(all)),
});

/** The answer, or which methods were missed, or the status of an error; noting what is missed can be one. */
function outcome(handler: Handler, request: Request) {
  const note: Notes = { allow: [], declined: false };
  const noting = request.uri.includes(malformed) ? undefined : note;
  try {
    const answer = handler({ ...request, [noted]: noting }) as Response | null;
    return answer === null ? { allow: note.allow.sort(), declined: note.declined } : { body: answer.body };
  } catch (error) {
    return { status: (error as { status?: number }).status };
  }
}

const leaf = fc.nat(leaves.length - 1).map((i) => leaves[i] as Twice);
const leavesOnly = fc.array(leaf, { maxLength: 12 });
const prefix = fc.constantFrom(...prefixes);
const grouped = (inside: fc.Arbitrary<Twice[]>): fc.Arbitrary<Twice> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(prefix, inside).map(([prefix, all]) => under(prefix, all)) },
    { weight: 1, arbitrary: inside.map(group) },
    { weight: 1, arbitrary: fc.constant(alone("plain", plain)) },
  );
const mixed = (inside: fc.Arbitrary<Twice[]>) =>
  fc.tuple(leavesOnly, fc.array(grouped(inside), { maxLength: 3 }), leavesOnly).map((all) => all.flat());
const table = mixed(mixed(leavesOnly)).map(group);
const request = fc
  .tuple(
    fc.constantFrom("GET", "GET", "POST", "HEAD", "DELETE"),
    fc.array(fc.constantFrom(...segments), { maxLength: 4 }),
  )
  .map(([method, path]) => ({ method, uri: `/${path.join("/")}`, headers: { host: "a.com" } }));

test("law: routes find what asking each of them in its order finds, through groups and contexts", () => {
  fc.assert(
    fc.property(
      table,
      fc.array(request, { minLength: 10, maxLength: 10 }),
      ({ written, oneByOne }, requests) => {
        for (const request of requests) {
          assert.equal(outcome(written, request), outcome(oneByOne, request));
        }
      },
    ),
    { numRuns: 400 },
  );
});

test.run();
