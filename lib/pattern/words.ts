/** Matching patterns of words and wildcards: what a backtracking expression would find, in linear time. */
import { addParam, areDistinct, type Match, mayEnd, noParams, paramsMap } from "./params.js";
import type { Kind, Token } from "./parse.js";

/** A word or wildcard, with the literal after it. */
type Slot = {
  readonly name: string;
  readonly after: string;
  readonly isWildcard: boolean;
  /** It can end at one place only: so many characters of `after` before the end of its word or of the subject. */
  readonly isPlain: boolean;
  readonly inside: number;
};
/** Where each slot ends, with the match beginning at `from`; null where there is no match. */
type Ends = (
  slots: readonly Slot[],
  subject: string,
  from: number,
  prefix: boolean,
) => readonly number[] | null;

/** `[^/,;?]` */
const inWord = (code: number): boolean => code !== 0x2f && code !== 0x2c && code !== 0x3b && code !== 0x3f;
const separator = /[/,;?]/;

function slotOf(name: string, following: readonly Token[], kind: Kind): Slot {
  const after = typeof following[0] === "string" ? following[0] : "";
  const isLast = following.length === (after === "" ? 0 : 1);
  const isWildcard = name === "*";
  const cut = isWildcard ? -1 : after.search(separator);
  const isPlain = isWildcard ? isLast && kind === "whole" : isLast || cut >= 0;
  return { name, after, isWildcard, isPlain, inside: cut >= 0 ? cut : after.length };
}

function wordEnd(subject: string, at: number): number {
  let end = at;
  while (end < subject.length && inWord(subject.charCodeAt(end))) end++;
  return end;
}

/** With one place to end for each slot there is nothing to search. */
const plainEnds: Ends = (slots, subject, from, prefix) => {
  const ends: number[] = [];
  let at = from;
  for (const slot of slots) {
    const end = (slot.isWildcard ? subject.length : wordEnd(subject, at)) - slot.inside;
    if (end < at || (end === at && !slot.isWildcard) || !subject.startsWith(slot.after, end)) return null;
    ends.push(end);
    at = end + slot.after.length;
  }
  return mayEnd(subject, at, prefix) ? ends : null;
};

/** For each offset of a subject, and its end, where something that begins there ends; -1 where it does not match. */
type Table = Int32Array;

function lastTable(subject: string, prefix: boolean): Table {
  const table: Table = new Int32Array(subject.length + 1).fill(-1);
  table[subject.length] = subject.length;
  if (!prefix) return table;
  for (let at = subject.indexOf("/"); at !== -1; at = subject.indexOf("/", at + 1)) table[at] = at;
  return table;
}

/** Whether a slot may end here: its literal follows, and after that the rest of the pattern. */
const fits = (after: string, subject: string, at: number, rest: Table): boolean =>
  rest[at + after.length] !== -1 && subject.startsWith(after, at);

/** A wildcard ends at the first offset that fits. */
function wildcardTable(after: string, subject: string, rest: Table): Table {
  const table: Table = new Int32Array(subject.length + 1).fill(-1);
  let end = -1;
  for (let at = subject.length - after.length; at >= 0; at--) {
    if (fits(after, subject, at, rest)) end = at;
    table[at] = end;
  }
  return table;
}

/** A word ends at the last offset that fits in its run of word characters, or just behind that. */
function wordTable(after: string, subject: string, rest: Table): Table {
  const table: Table = new Int32Array(subject.length + 1).fill(-1);
  let end = -1;
  for (let at = subject.length - after.length; at >= 0; at--) {
    if (!inWord(subject.charCodeAt(at))) end = -1;
    table[at] = end;
    if (end === -1 && fits(after, subject, at, rest)) end = at;
  }
  return table;
}

/**
 * Where a slot ends does not depend on where it began, but for the run of its word; so a table for each slot, from
 * the last to the first, stands for all the combinations of ends that a backtracking search would try.
 */
const searchedEnds: Ends = (slots, subject, from, prefix) => {
  let rest = lastTable(subject, prefix);
  const tables: Table[] = [];
  for (let index = slots.length - 1; index >= 0; index--) {
    const { after, isWildcard } = slots[index] as Slot;
    rest = isWildcard ? wildcardTable(after, subject, rest) : wordTable(after, subject, rest);
    tables[index] = rest;
  }
  const ends: number[] = [];
  let at = from;
  for (let index = 0; index < slots.length; index++) {
    const end = (tables[index] as Table)[at] as number;
    if (end === -1) return null;
    ends.push(end);
    at = end + (slots[index] as Slot).after.length;
  }
  return ends;
};

/** A matcher for tokens without expressions. */
export function words(tokens: readonly Token[], kind: Kind): Match {
  const head = typeof tokens[0] === "string" ? tokens[0] : "";
  const slots = tokens.flatMap((token, index) =>
    typeof token === "string" ? [] : [slotOf(token.name, tokens.slice(index + 1), kind)],
  );
  const endsOf = slots.every(({ isPlain }) => isPlain) ? plainEnds : searchedEnds;
  const prefix = kind === "prefix";
  const isText = areDistinct(slots.map(({ name }) => name));
  return (subject) => {
    if (!subject.startsWith(head)) return null;
    const ends = endsOf(slots, subject, head.length, prefix);
    if (ends === null) return null;
    const { params, end } = found(slots, subject, head.length, ends);
    return { params, isText, end };
  };
}

function found(slots: readonly Slot[], subject: string, from: number, ends: readonly number[]) {
  if (slots.length === 0) return { params: noParams, end: from };
  const params = paramsMap();
  let at = from;
  for (let index = 0; index < slots.length; index++) {
    const { name, after } = slots[index] as Slot;
    const end = ends[index] as number;
    addParam(params, name, subject.slice(at, end));
    at = end + after.length;
  }
  return { params, end: at };
}
