/** The lines of a response's head, as Node writes them. */
import { validateHeaderValue } from "node:http";
import { isFraming } from "../framing.js";
import type { ResponseHeaders } from "../types.js";

/** Node writes these as they are: names and values in turn, a value that is an array in several lines. */
export type Lines = (string | number | readonly string[])[];

/** The fields of a response, but for its framing. */
export function linesOf(headers: ResponseHeaders): Lines {
  const lines: Lines = [];
  for (const name of Object.keys(headers)) {
    if (!isFraming(name)) lines.push(name, headers[name] as string);
  }
  return lines;
}

/** Whether a field says what becomes of its connection. */
const keepsOrCloses = (name: string, value: unknown): boolean =>
  name.toLowerCase() === "connection" && /keep-alive|close/i.test(String(value));

/** The lines of a response that its connection ends with, also where the handler would keep that, as for event streams. */
export function closing(lines: Lines): Lines {
  const ended: Lines = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [name, value] = [lines[i] as string, lines[i + 1] as string];
    if (!keepsOrCloses(name, value)) ended.push(name, value);
  }
  ended.push("connection", "close");
  return ended;
}

/** RFC 9113 section 8.2.2: these are of a connection that belongs to one exchange at a time. */
const ofConnection = new Set(["connection", "keep-alive", "proxy-connection", "upgrade"]);

/** The lines of an HTTP/2 head, of which Node would check the names only. */
export function multiplexed(lines: Lines): Lines {
  const kept: Lines = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [name, value] = [lines[i] as string, lines[i + 1] as string];
    if (ofConnection.has(name.toLowerCase())) continue;
    validateHeaderValue(name, value);
    kept.push(name, value);
  }
  return kept;
}
