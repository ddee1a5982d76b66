/** Matching by regular expressions: patterns with `{…}`, and patterns that are a RegExp. */
import { wrong } from "../errors.js";
import { decodePercent } from "../text/percent.js";
import type { RouteParams } from "../types.js";
import { addParam, areDistinct, type Match, paramsMap } from "./params.js";
import type { Kind, Parameter, Token } from "./parse.js";

const anchored = (source: string, flags: string, kind: Kind): RegExp =>
  new RegExp(`^(?:${source})${kind === "prefix" ? "(?=/|$)" : "$"}`, flags);

const special = /[\\^$.*+?()[\]{}|]/g;

function expressionOf({ name, expression }: Parameter): string {
  return name === "*" ? ".*?" : (expression ?? "[^/,;?]+");
}

/** How many groups an expression has; as an alternative to nothing it always matches. */
function groupsIn(expression: string, name: string): number {
  try {
    return (new RegExp(`${expression}|`).exec("")?.length ?? 1) - 1;
  } catch (error) {
    throw wrong(
      "pattern",
      `a regular expression in {…} after ":${name}"`,
      expression,
      (error as Error).message,
    );
  }
}

/** Back references count the groups of their own expression; before it there are others. */
const shifted = (expression: string, by: number): string =>
  expression.replace(/\\(\d+|.)/g, (whole, what) => (Number(what) > 0 ? `\\${Number(what) + by}` : whole));

/** A matcher for tokens of which some have an expression, as one regular expression. */
export function expression(source: string, tokens: readonly Token[], kind: Kind): Match {
  const slots: { readonly name: string; readonly group: number }[] = [];
  let groups = 0;
  const parts = tokens.map((token) => {
    if (typeof token === "string") return token.replace(special, "\\$&");
    const inner = expressionOf(token);
    const group = groups + 1;
    slots.push({ name: token.name, group });
    groups = group + groupsIn(inner, token.name);
    return `(${shifted(inner, group)})`;
  });
  const whole = joined(source, parts.join(""), kind);
  const isText = areDistinct(slots.map(({ name }) => name));
  return (subject) => {
    const found = whole.exec(subject);
    if (found === null) return null;
    const params = paramsMap();
    for (const { name, group } of slots) addParam(params, name, found[group] as string);
    return { params, isText, end: found[0].length };
  };
}

/** Expressions that are right one by one may still use the same name for a group. */
function joined(source: string, whole: string, kind: Kind): RegExp {
  try {
    return anchored(whole, "", kind);
  } catch (error) {
    throw wrong("pattern", "expressions that can stand together", source, (error as Error).message);
  }
}

/** A matcher for a RegExp, which must match the whole path, or whole segments of it. */
export function regexp(given: RegExp, kind: Kind): Match {
  const whole = anchored(given.source, given.flags.replace(/[gy]/g, ""), kind);
  return (subject) => {
    const found = whole.exec(subject);
    if (found === null) return null;
    return { params: groupsOf(found), isText: found.groups !== undefined, end: found[0].length };
  };
}

/** The named groups where there are any, else all by number. */
function groupsOf(found: RegExpExecArray): RouteParams {
  if (found.groups === undefined) {
    return found.slice(1).map((raw: string | undefined) => (raw === undefined ? raw : decodePercent(raw)));
  }
  const params = paramsMap();
  for (const [name, raw] of Object.entries<string | undefined>(found.groups)) {
    if (raw !== undefined) addParam(params, name, raw);
  }
  return params;
}
