/** What the values in the two maps may be; each says what it expected. */
import { isPlain, wrong } from "../errors.js";

/** Tells what is expected of a key, and whether its value is that. */
export type Rule = readonly [expected: string, holds: (value: unknown) => boolean];

export const isMap = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value);

export const isText = (value: unknown): value is string => typeof value === "string";

export const isTextOrTexts = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.every(isText));

/** A rule for a key that may be left out. */
export const maybe = ([expected, holds]: Rule): Rule => [
  `${expected}, or undefined`,
  (value) => value === undefined || holds(value),
];

/** Refuses a map whose value of a key is not what the rule says. */
export function checkKey(who: string, map: object, key: string, [expected, holds]: Rule, hint: string): void {
  const value: unknown = (map as Record<string, unknown>)[key];
  if (!holds(value)) throw wrong(who, `${expected} as "${key}"`, value, hint);
}

/** RFC 9110 section 5.1; maps have names in lower case. */
const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Refuses header fields whose name is not in lower case, or whose value is not what the rule says. */
export function checkFields(who: string, headers: object, [expected, holds]: Rule, hint: string): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!fieldName.test(name))
      throw wrong(who, "header names in lower case, of letters, digits and -", name, hint);
    if (!holds(value)) throw wrong(who, `${expected} as header "${name}"`, value, hint);
  }
}
