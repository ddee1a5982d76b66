/**
 * A record as the text that Redis keeps: a line with its version and who wrote it lately, a line with its subject as
 * JSON or nothing, then its JSON.
 */
import type { SessionRecord } from "../../types.js";
import type { Versioned, Versions } from "../versions.js";

/** A record that is new; nobody has written it over. */
export const newText = (version: number, subject: string | undefined, record: SessionRecord): string =>
  `${version}\n${subject === undefined ? "" : JSON.stringify(subject)}\n${JSON.stringify(record)}`;

const head = /^(\d+)[^\n]*\n([^\n]*)\n(?=\{)/;

/** Reads what a key holds; the text of somebody else is never taken for a session, nor shown, not even as a cause: it may be a secret. */
function readAs<T>(key: string, text: string, read: (found: RegExpExecArray) => T): T {
  try {
    return read(head.exec(text) as RegExpExecArray);
  } catch {
    const message = `redisStore: expected a session under the key ${JSON.stringify(key)}, got other text`;
    throw new Error(`${message}. Give the store a prefix of its own`);
  }
}

export const recordOf = (versions: Versions, key: string, text: string): Versioned =>
  readAs(key, text, ([lines, version]) => versions.read(text.slice(lines.length), Number(version)));

/** Whose session a text is; undefined for nobody's. */
export const subjectOf = (key: string, text: string): string | undefined =>
  readAs(key, text, ([, , subject]) => (subject === "" ? undefined : JSON.parse(subject as string)));
