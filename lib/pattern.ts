/** Path patterns: `/user/:id`, wildcards, expressions, hosts; matched against a path and built from parameters. */
import { builder, type PathValues } from "./pattern/build.js";
import { expression, regexp } from "./pattern/expression.js";
import type { Match } from "./pattern/params.js";
import { type Kind, type Parsed, parse, withoutSlash } from "./pattern/parse.js";
import { type About, subjectFrom } from "./pattern/path.js";
import { anyShape, type Shape, shapeOf } from "./pattern/shape.js";
import { words } from "./pattern/words.js";
import type { RouteParams } from "./types.js";

export type { PathValues } from "./pattern/build.js";
export type { Taken } from "./pattern/params.js";
export { normal, subjectOf } from "./pattern/path.js";
export { anyShape } from "./pattern/shape.js";
export type { PathParams } from "./pattern/types.js";

/** A pattern as routes use it. */
export type Compiled = {
  /** As it was written; of a prefix without the last slash. */
  readonly source: string;
  /** What its subject is: the path alone, or with the host, or with scheme and host. */
  readonly about: About;
  /** Whether the host has a port. */
  readonly port: boolean;
  /** What the path of a subject that matches looks like, as far as that is known. */
  readonly shape: Shape;
  readonly match: Match;
};

/** A pattern for users. */
export type Pattern = {
  /** As it was written. */
  readonly source: string;
  /** The parameters that a path has, decoded; null where it does not match. A malformed escape is an HttpError 400. */
  readonly match: (path: string) => RouteParams | null;
  /** The path with these parameters, encoded. A missing or unfitting one is a TypeError. */
  readonly build: (params: PathValues) => string;
};

const hasExpression = ({ tokens }: Parsed): boolean =>
  tokens.some((token) => typeof token !== "string" && token.expression !== undefined);

const compileRegExp = (source: RegExp, kind: Kind): Compiled => ({
  source: String(source),
  about: "path",
  port: false,
  shape: anyShape,
  match: regexp(source, kind),
});

function compileParsed(source: string, parsed: Parsed, kind: Kind): Compiled {
  const { about, port, tokens } = parsed;
  const shape = about === "path" ? shapeOf(tokens, kind) : anyShape;
  const match = hasExpression(parsed) ? expression(source, tokens, kind) : words(tokens, kind);
  return { source: kind === "prefix" ? withoutSlash(source) : source, about, port, shape, match };
}

/**
 * Compiles a pattern for routes. A prefix matches by whole segments, and where it ends is the `end` of what it
 * finds; the rest of the subject is empty or begins with a slash.
 *
 * @throws TypeError for a pattern that cannot be read.
 */
export function compile(source: string | RegExp, kind: Kind): Compiled {
  if (source instanceof RegExp) return compileRegExp(source, kind);
  return compileParsed(source, parse(source, kind), kind);
}

/**
 * Compiles a path pattern: words `:name`, wildcards `*`, expressions `:name{\\d+}`, a host `//example.com/path`,
 * or a RegExp for the whole path, which gives its groups.
 *
 * `pattern("/user/:id").match("/user/42")` gives `{ id: "42" }`, `pattern("/user/:id").build({ id: 42 })` gives `"/user/42"`
 *
 * @throws TypeError for a pattern that cannot be read, which says what to write instead.
 *
 * Source: Clout, src/clout/core.clj.
 */
export function pattern(source: string | RegExp): Pattern {
  const compiled = compile(source, "whole");
  const match = (path: string) => compiled.match(subjectFrom(path, compiled.about))?.params ?? null;
  return { source: compiled.source, match, build: builder(source, match) };
}
