/** The lines around a place in a source. */
import type { Place } from "./source.js";

export type Line = { readonly number: number; readonly code: string; readonly isMarked: boolean };

const around = 5;
/** A line of a bundle may hold all of it. */
const longest = 300;

/** Up to five lines before and after; none where the source may not be shown, or has no such line. */
export function excerptOf({ lines = [], line }: Place): readonly Line[] {
  if (line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - around);
  return lines.slice(first - 1, line + around).map((code, i) => ({
    number: first + i,
    code: code.length > longest ? `${code.slice(0, longest)}…` : code,
    isMarked: first + i === line,
  }));
}
