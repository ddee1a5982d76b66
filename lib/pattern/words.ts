/** Matching patterns of words and wildcards: what a backtracking expression would find, in linear time. */
import { addParam, type Match, mayEnd, noParams, paramsMap } from "./params.js";
import type { Kind, Token } from "./parse.js";

/** A word or wildcard with the literal after it, and how far the match at hand has come with it; a match never waits. */
type Slot = {
  readonly name: string;
  readonly after: string;
  /** A word takes less and less, a wildcard more and more. */
  readonly step: 1 | -1;
  /** A wildcard at the very end takes all there is. */
  readonly takesAll: boolean;
  /** What it takes of the subject. */
  start: number;
  end: number;
  /** Where its ends are used up. */
  limit: number;
  /** From `start` up to here it fails if it fails at `start`. */
  reach: number;
  /** Where it is known to fail. */
  failedFrom: number;
  failedTo: number;
};

const untried = { start: 0, end: 0, limit: 0, reach: 0, failedFrom: 0, failedTo: 0 };

function slotsOf(tokens: readonly Token[], kind: Kind): readonly Slot[] {
  return tokens.flatMap((token, index): Slot[] => {
    if (typeof token === "string") return [];
    const next = tokens[index + 1];
    const after = typeof next === "string" ? next : "";
    const isWildcard = token.name === "*";
    const takesAll = isWildcard && next === undefined && kind === "whole";
    return [{ name: token.name, after, step: isWildcard ? 1 : -1, takesAll, ...untried }];
  });
}

/** Nothing has failed yet; where a match would begin beyond the end does not count. */
function reset(slot: Slot, subject: string): void {
  slot.failedFrom = subject.length + 1;
  slot.failedTo = subject.length;
}

const hasFailed = (slot: Slot, at: number): boolean => slot.failedFrom <= at && at <= slot.failedTo;

/** `[^/,;?]` */
const inWord = (code: number): boolean => code !== 0x2f && code !== 0x2c && code !== 0x3b && code !== 0x3f;

function begin(slot: Slot, subject: string, at: number): void {
  slot.start = at;
  if (slot.step === 1) beginWildcard(slot, subject);
  else beginWord(slot, subject);
}

/** A wildcard that fails has tried every later end: it fails from each later offset too. */
function beginWildcard(slot: Slot, subject: string): void {
  slot.end = (slot.takesAll ? subject.length : slot.start) - 1;
  slot.limit = slot.failedFrom;
  slot.reach = subject.length;
}

/**
 * A word that fails has tried every end up to that of its run of word characters: it fails from each later offset
 * of the run too, and from an earlier one only the ends up to `failedFrom` are left.
 */
function beginWord(slot: Slot, subject: string): void {
  let end = slot.start;
  while (end < subject.length && end !== slot.failedFrom && inWord(subject.charCodeAt(end))) end++;
  slot.end = end + 1;
  slot.limit = slot.start;
  slot.reach = end === slot.failedFrom ? slot.failedTo : end;
}

/** Whether a literal stands at an offset; mostly its first character tells. */
const stands = (literal: string, subject: string, at: number): boolean =>
  literal === "" || (subject.charCodeAt(at) === literal.charCodeAt(0) && subject.startsWith(literal, at));

/** Goes on to the next end that the literal follows; false where there is none left. */
function advance(slot: Slot, subject: string): boolean {
  do slot.end += slot.step;
  while (slot.end !== slot.limit && !stands(slot.after, subject, slot.end));
  if (slot.end !== slot.limit) return true;
  slot.failedFrom = slot.start;
  slot.failedTo = slot.reach;
  return false;
}

/** Advances the last slot up to `index` that has an end left, and tells which; -1 if none has. */
function advanceLast(slots: readonly Slot[], subject: string, index: number): number {
  let last = index;
  while (last >= 0 && !advance(slots[last] as Slot, subject)) last--;
  return last;
}

/** Fills the slots from an offset on; gives the offset behind the last one and its literal, or -1. */
function fill(slots: readonly Slot[], subject: string, from: number, prefix: boolean): number {
  let at = from;
  let index = 0;
  for (;;) {
    const slot = slots[index];
    if (slot === undefined && mayEnd(subject, at, prefix)) return at;
    const isOpen = slot !== undefined && !hasFailed(slot, at);
    if (isOpen) begin(slot, subject, at);
    const last = advanceLast(slots, subject, isOpen ? index : index - 1);
    if (last === -1) return -1;
    const { end, after } = slots[last] as Slot;
    at = end + after.length;
    index = last + 1;
  }
}

/**
 * A matcher for tokens without expressions. Each slot tries each end about once, where a regular expression tries
 * every combination of them.
 */
export function words(tokens: readonly Token[], kind: Kind): Match {
  const head = typeof tokens[0] === "string" ? tokens[0] : "";
  const slots = slotsOf(tokens, kind);
  const prefix = kind === "prefix";
  return (subject) => {
    if (!subject.startsWith(head)) return null;
    for (const slot of slots) reset(slot, subject);
    const end = fill(slots, subject, head.length, prefix);
    return end === -1 ? null : { params: paramsAt(slots, subject), end };
  };
}

function paramsAt(slots: readonly Slot[], subject: string) {
  if (slots.length === 0) return noParams;
  const params = paramsMap();
  for (const { name, start, end } of slots) addParam(params, name, subject.slice(start, end));
  return params;
}
