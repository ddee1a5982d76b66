/** The response map as the contract has it. */
import { isBody } from "../bodies.js";
import { wrong } from "../errors.js";
import { Html } from "../html.js";
import { isStatus } from "../render.js";
import type { Response as ResponseMap } from "../types.js";
import { checkFields, checkKey, isMap, isText, maybe, type Rule } from "./values.js";

const who = "withLint, response";
const hint = "The handler inside withLint made it so, or a decorator there";

/** What Node writes: latin1 without control characters. */
const isValue = (value: unknown): boolean => isText(value) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

const value: Rule = [
  "text, or an array of text, in latin1 without control characters",
  (value) => (Array.isArray(value) ? value.length > 0 && value.every(isValue) : isValue(value)),
];

const isCookie = (value: unknown): boolean => isText(value) && /^[^=;\s]+=/.test(value);

const setCookie: Rule = [
  'cookies such as "theme=dark; Path=/"',
  (value) => value === undefined || [value].flat().every(isCookie),
];

const isSendable = (body: unknown): boolean =>
  body === undefined ||
  body === null ||
  isText(body) ||
  body instanceof Html ||
  isBody(body) ||
  (typeof body === "object" && isText((body as { file?: unknown }).file));

const rules: { readonly [key: string]: Rule } = {
  status: ["a status from 200 to 599", isStatus],
  headers: ["a map", isMap],
  body: ["text, bytes, a stream, an iterable, a blob, a file or null", isSendable],
  session: maybe(["a map, or null", (value) => value === null || isMap(value)]),
  flash: maybe(["a map", isMap]),
};

/** What handlers give in place of a response map, by mistake. */
function hintFor(response: unknown): string {
  if (response === undefined) return `${hint}. Not mine is null`;
  if (response instanceof Response) return `${hint}. A Response of fetch becomes a map by fromFetch`;
  return `${hint}. A response map is made by render(request, update)`;
}

/**
 * Checks what a handler answered, a response map or null, and gives it back.
 *
 * @throws TypeError that says which key, what was expected and what it is.
 */
export function lintResponse(response: ResponseMap | null): ResponseMap | null {
  if (response === null) return null;
  if (!isMap(response)) throw wrong(who, "a response map or null", response, hintFor(response));
  for (const [key, rule] of Object.entries(rules)) checkKey(who, response, key, rule, hint);
  checkFields(who, response.headers, value, hint);
  checkKey(who, response.headers, "set-cookie", setCookie, hint);
  return response;
}
