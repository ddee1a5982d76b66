/** JSON as clients send it (RFC 8259): bounded in its depth, and without names that are traps. */
import { httpError } from "../errors.js";
import { faultIn } from "./json-fault.js";

/** How deep maps and arrays may stand in one another. */
const maxDepth = 100;

const quote = 0x22;
const backslash = 0x5c;

const opens = (code: number): boolean => code === 0x5b || code === 0x7b;
const closes = (code: number): boolean => code === 0x5d || code === 0x7d;

/** The index of the quote that ends the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}

/** `JSON.parse` survives any depth, but takes a tenth of a second for a mebibyte of brackets. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = stringEnd(text, at);
    else if (opens(code) && ++depth > maxDepth) return true;
    else if (closes(code)) depth--;
  }
  return false;
}

/** The position for the eyes of a person; what stands there is not repeated to whoever was made to send it. */
function malformed(text: string, cause: unknown): Error {
  const before = text.slice(0, faultIn(text)).split("\n");
  const place = `line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
  return httpError(400, `Malformed JSON at ${place}`, { cause });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(text, cause);
  }
}

/** Whether `__proto__` may be among the names, which may be written with escapes: `"\u005f_proto__"`. */
const mayNamePrototype = (text: string): boolean => text.includes("__proto__") || text.includes("\\u00");

const namesPrototype = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Object.hasOwn(value, "__proto__") || Object.values(value).some(namesPrototype));

/**
 * The value of a JSON text. It is at most 100 maps and arrays deep. The name `__proto__` is refused, since whoever
 * copies it by assignment changes the prototype; every other name is an ordinary one.
 *
 * @throws HttpError 400 with line and column where the text is malformed; 400 for too deep a text and for `__proto__`.
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw httpError(400, `The JSON is more than ${maxDepth} levels deep`);
  const value = parsed(text);
  if (mayNamePrototype(text) && namesPrototype(value)) {
    throw httpError(400, "The JSON has the name __proto__, which is refused");
  }
  return value;
}
