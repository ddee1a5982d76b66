/** The matcher of words and wildcards against the regular expression that says the same, and its steps. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Kind, Token } from "../../lib/pattern/parse.js";
import { words } from "../../lib/pattern/words.js";

/** The tokens as anybody would write them as a regular expression. */
function expressionOf(tokens: readonly Token[], kind: Kind): RegExp {
  const parts = tokens.map((token) => {
    if (typeof token === "string") return token.replaceAll(".", "\\.");
    return token.name === "*" ? "(.*?)" : "([^/,;?]+)";
  });
  return new RegExp(`^${parts.join("")}${kind === "whole" ? "$" : "(?=/|$)"}`);
}

function expected(tokens: readonly Token[], kind: Kind, path: string) {
  const match = expressionOf(tokens, kind).exec(path);
  if (match === null) return null;
  const values: Record<string, string[]> = {};
  const parameters = tokens.filter((token) => typeof token !== "string");
  for (const [index, { name }] of parameters.entries())
    values[name] = [...(values[name] ?? []), match[index + 1] as string];
  const entries = Object.entries(values).map(([name, all]) => [name, all.length === 1 ? all[0] : all]);
  return { params: Object.fromEntries(entries), end: match[0].length };
}

function found(tokens: readonly Token[], kind: Kind, path: string) {
  const match = words(tokens, kind)(path);
  return match && { params: { ...match.params }, end: match.end };
}

const characters = fc.constantFrom(..."aab--./;");
const text = (maxLength: number) => fc.string({ unit: characters, maxLength });
const parameter = fc.constantFrom("a", "b", "c", "*").map((name): Token => ({ name }));
const kinds = fc.constantFrom<Kind>("whole", "prefix");

/** Literals never stand side by side, and none is empty. */
const patterns = fc
  .tuple(text(2), fc.array(fc.tuple(parameter, text(2)), { maxLength: 5 }))
  .map(([head, rest]): readonly Token[] => [head, ...rest.flat()].filter((token) => token !== ""));

test("it finds what a backtracking expression finds", () => {
  fc.assert(
    fc.property(patterns, kinds, text(12), (tokens, kind, path) => {
      assert.equal(found(tokens, kind, path), expected(tokens, kind, path));
    }),
    { numRuns: 6000 },
  );
});

test("it finds the same in paths that are made to fit", () => {
  const fitting = patterns.chain((tokens) =>
    fc
      .tuple(...tokens.map((token) => (typeof token === "string" ? fc.constant(token) : text(4))), text(2))
      .map((parts) => ({ tokens, path: parts.join("") })),
  );
  fc.assert(
    fc.property(fitting, kinds, ({ tokens, path }, kind) => {
      assert.equal(found(tokens, kind, path), expected(tokens, kind, path));
    }),
    { numRuns: 6000 },
  );
});

/** A path that can be looked at only so often. */
class Guarded extends String {
  left: number;
  constructor(path: string, left: number) {
    super(path);
    this.left = left;
  }
  look(): void {
    if (this.left-- === 0) throw new Error(`too many looks at ${this.slice(0, 60)}…`);
  }
  override charCodeAt(index: number): number {
    this.look();
    return super.charCodeAt(index);
  }
  override startsWith(search: string, position?: number): boolean {
    this.look();
    return super.startsWith(search, position);
  }
}

/** Fails unless about one look at each character for each token is enough to find that nothing matches. */
function needsFewLooks(tokens: readonly Token[], path: string): void {
  const guarded = new Guarded(path, 2 * tokens.length * path.length);
  assert.is(words(tokens, "whole")(guarded as unknown as string), null, JSON.stringify(tokens));
}

const size = 4000;
const filled = (unit: string): string => unit.repeat(Math.ceil(size / unit.length));
const hostilePaths = [
  ...["-", "a", ".", "a-", "-/", "a/", "/-", "a.-", ";-", `${"-".repeat(60)}/`].map(filled),
  `${filled("-").slice(size / 2)}${filled("/-").slice(size / 2)}`,
  Array.from({ length: 90 }, (_, run) => "-".repeat(run)).join("/"),
  Array.from({ length: 90 }, (_, run) => "a-".repeat(90 - run)).join("/"),
].map((path) => `/${path}`);

const w: Token = { name: "w" };
const any: Token = { name: "*" };
const hostilePatterns: readonly (readonly Token[])[] = [
  ["/", w, "-", w, "-", w, "-", w, "!"],
  ["/", w, w, w, w, w, "!"],
  [any, "a", any, "a", any, "a", any, "a!"],
  [any, any, any, any, "!"],
  [any, w, any, w, any, w, "!"],
  [any, w, "-", w, any, w, "-", w, "!"],
  ["/", w, "-", any, w, "-", any, "!"],
  [any, "/", w, "-", any, "/", w, "-", w, "!"],
  [any, w, "/", w, "-/", w, "!"],
  ["/", w, ".", w, ".", w, ".", w, "!"],
];

test("no path makes it look at a character much more often than once for each token", () => {
  for (const tokens of hostilePatterns) {
    for (const path of hostilePaths) needsFewLooks(tokens, path);
  }
});

test("no random path does either", () => {
  const paths = fc.string({ unit: characters, minLength: 200, maxLength: 600 }).map((path) => `/${path}`);
  fc.assert(
    fc.property(patterns, paths, (tokens, path) => needsFewLooks([...tokens, w, "!"], path)),
    { numRuns: 500 },
  );
});

test.run();
