/** What a match finds: the route parameters, decoded. */
import { empty } from "../lazy.js";
import { decodePercent } from "../text/percent.js";
import type { RouteParams } from "../types.js";

/** The parameters of a match. */
export type Taken = {
  readonly params: RouteParams;
  /** Whether each is known to be one text, so that they can pass for `params` as they are. */
  readonly isText: boolean;
};
/** The same, and the offset in the subject at which the match ends. */
export type Found = Taken & { readonly end: number };
export type Match = (subject: string) => Found | null;

type Growing = Record<string, string | readonly string[]>;

export const noParams: RouteParams = empty;

/** A map for parameters: it has no prototype, so that every name is an ordinary one. */
export const paramsMap = (): Growing => Object.create(null);

/** Decodes a value, once, and adds it; a name that is there already gets an array. */
export function addParam(params: Growing, name: string, raw: string): void {
  const value = decodePercent(raw);
  const before = params[name];
  params[name] = before === undefined ? value : [before, value].flat();
}

/** Whether no name stands twice. */
export const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** Whether a match may end here: at the end, or as a prefix also before a slash. */
export const mayEnd = (subject: string, at: number, prefix: boolean): boolean =>
  at === subject.length || (prefix && subject.charCodeAt(at) === 0x2f);
