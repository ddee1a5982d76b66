/** What all paths that a pattern matches have in common, segment by segment; an index can tell it from a path at a glance. */
import type { Kind, Token } from "./parse.js";

/** A segment of which the first characters are known. */
export type Step = {
  readonly text: string;
  /** How many characters of the segment these are; Infinity where they are all of it. */
  readonly length: number;
};
export type Shape = {
  readonly steps: readonly Step[];
  /** Whether anything may follow, or nothing does. */
  readonly isOpen: boolean;
};

/** The shape of which nothing is known. */
export const anyShape: Shape = { steps: [], isOpen: true };

/** More characters before a word are not looked at, so that there are few lengths to try. */
const longest = 32;

/**
 * An expression that surely matches no slash: of letters, digits, `\d`, `\w`, alternatives, repetitions and
 * classes that exclude nothing. Ranges between letters and digits are above the slash.
 */
const inOneSegment = /^(?:[\w:*+?()|]|\\[dw.-]|\{[\d,]+\}|\[(?:\w-\w|[\w.]|\\[dw.-]|-(?=\]))+\])*$/;

const isOpenEnded = (token: Token): boolean =>
  typeof token !== "string" &&
  (token.name === "*" || (token.expression !== undefined && !inOneSegment.test(token.expression)));

/** No literal has this character, since it has to be encoded. */
const hole = "{";

function stepOf(segment: string): Step {
  const at = segment.indexOf(hole);
  if (at === -1) return { text: segment, length: Number.POSITIVE_INFINITY };
  const text = segment.slice(0, Math.min(at, longest));
  return { text, length: text.length };
}

/** The shape of a pattern for paths. */
export function shapeOf(tokens: readonly Token[], kind: Kind): Shape {
  const open = tokens.findIndex(isOpenEnded);
  const known = open === -1 ? tokens : tokens.slice(0, open + 1);
  const text = known.map((token) => (typeof token === "string" ? token : hole)).join("");
  return { steps: text.split("/").slice(1).map(stepOf), isOpen: open !== -1 || kind === "prefix" };
}
