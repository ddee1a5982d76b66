/** Records and words as PostgreSQL can hold them: all of JSON, also what jsonb and text refuse. */
import { hash } from "node:crypto";
import { parsedMap } from "../../json.js";
import type { Keep, SessionRecord } from "../../types.js";

/** What jsonb refuses: the character of code 0, and halves of characters. More is found than is there (`\\u0000`), which does no harm. */
const refused = /\\u(?:0000|d[89a-f])/;

/** A record as the text of a jsonb: of the record itself, or of a string that holds its JSON. */
export function jsonbOf(record: SessionRecord): string {
  const text = JSON.stringify(record);
  return refused.test(text) ? JSON.stringify(text) : text;
}

/** The record that stands in the text of a jsonb. */
export function recordOf(text: string): SessionRecord {
  return parsedMap("postgresStore", text.startsWith('"') ? JSON.parse(text) : text);
}

/** Words as a text, with what text refuses written as in JSON; most words stay as they are. */
export const textOf = (words: string): string => JSON.stringify(words).slice(1, -1);
export const wordsOf = (text: string): string => JSON.parse(`"${text}"`);

export const labelOf = ({ label }: Keep): string | null => (label === undefined ? null : textOf(label));

/** Characters that a subject is kept with; an index of PostgreSQL takes 2,704 bytes. */
const longestSubject = 500;

/** A subject as a text; of one that is too long for an index its hash, behind what no words begin with as a text. */
export function subjectOf(subject: string): string {
  const text = textOf(subject);
  return text.length > longestSubject ? `\\#${hash("sha256", text, "base64url")}` : text;
}

/** What is more than this, three thousand years, is for good: PostgreSQL's times end somewhere. */
const longest = 1e11;

/** How many seconds a record is kept; null for good. */
export const secondsOf = ({ ttl = Number.POSITIVE_INFINITY }: Keep): number | null =>
  ttl > longest ? null : ttl;
