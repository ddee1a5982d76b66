/** Records and subjects as PostgreSQL can hold them: all of JSON, also what jsonb and text refuse. */
import { hash } from "node:crypto";
import type { SessionRecord } from "../../types.js";
import { textOf } from "../words.js";

/** What jsonb refuses: the character of code 0, and halves of characters. More is found than is there (`\\u0000`), which does no harm. */
const refused = /\\u(?:0000|d[89a-f])/;

/** A record as the text of a jsonb: of the record itself, or of a string that holds its JSON. */
export function jsonbOf(record: SessionRecord): string {
  const text = JSON.stringify(record);
  return refused.test(text) ? JSON.stringify(text) : text;
}

/** The JSON of the record that stands in the text of a jsonb. */
export const jsonOf = (text: string): string => (text.startsWith('"') ? JSON.parse(text) : text);

/** Characters that a subject is kept with; an index of PostgreSQL takes 2,704 bytes. */
const longestSubject = 500;

/** A subject as a text; of one that is too long for an index its hash, behind what no words begin with as a text. */
export function subjectOf(subject: string): string {
  const text = textOf(subject);
  return text.length > longestSubject ? `\\#${hash("sha256", text, "base64url")}` : text;
}
