/** Cookies: the text of `cookie` and `set-cookie` headers to values, and back (RFC 6265). */
import { show, wrong } from "../errors.js";
import type { Cookies } from "../types.js";
import { isToken } from "./header.js";

export type CookieAttributes = {
  /** Seconds that it lasts; 0 removes it. Neither this nor `expires`: as long as the browser. */
  readonly maxAge?: number | undefined;
  readonly expires?: Date | undefined;
  readonly path?: string | undefined;
  readonly domain?: string | undefined;
  readonly secure?: boolean | undefined;
  readonly httpOnly?: boolean | undefined;
  readonly sameSite?: "strict" | "lax" | "none" | undefined;
  readonly partitioned?: boolean | undefined;
  readonly priority?: "low" | "medium" | "high" | undefined;
};

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function beforeBlanks(text: string, to: number): number {
  let at = to;
  while (isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

/** Whether the name at `index` opens a pair: only blanks stand between it and a `;` or the beginning. */
function opensPair(header: string, index: number): boolean {
  const before = beforeBlanks(header, index);
  return before === 0 || header[before - 1] === ";";
}

/** Where the pair ends that reaches here. */
function endOfPair(header: string, from: number): number {
  const semicolon = header.indexOf(";", from);
  return semicolon === -1 ? header.length : semicolon;
}

/** The value in between, without the blanks around it. */
const valueIn = (header: string, from: number, to: number): string =>
  decoded(header.slice(afterBlanks(header, from), beforeBlanks(header, to)));

function decoded(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/**
 * The cookies of a `cookie` header, in a map without prototype. The first of a repeated name wins, and a
 * malformed escape keeps its raw text, since other sites of the domain set cookies too.
 *
 * `parseCookies("a=1; b=caf%C3%A9")` is `{ a: "1", b: "café" }`
 */
export function parseCookies(header = ""): Cookies {
  const cookies: Record<string, string> = Object.create(null);
  let start = 0;
  for (let equals = header.indexOf("="); equals !== -1; equals = header.indexOf("=", start)) {
    let end = endOfPair(header, start);
    if (end < equals) {
      // What has no "=" is no pair, and is passed over.
      start = header.lastIndexOf(";", equals) + 1;
      end = endOfPair(header, equals);
    }
    const name = header.slice(afterBlanks(header, start), beforeBlanks(header, equals));
    cookies[name] ??= valueIn(header, equals + 1, end);
    start = end + 1;
  }
  return cookies;
}

/**
 * One cookie of a `cookie` header by its name, a token: what `parseCookies(header)[name]` is, at a third of its cost.
 *
 * `readCookie("a=1; b=2", "b")` is `"2"`
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + 1)) {
    const equals = afterBlanks(header, at + name.length);
    if (header[equals] === "=" && opensPair(header, at))
      return valueIn(header, equals + 1, endOfPair(header, equals));
  }
  return undefined;
}

/**
 * All values of one name, in their order: a cookie of a longer path, or of the domain above, stands beside ours under
 * the same name.
 *
 * `readCookies("a=1; b=2; a=3", "a")` is `["1", "3"]`
 */
export function readCookies(header: string | undefined, name: string): readonly string[] {
  const pairs = header?.includes(name) ? header.split(";") : [];
  return pairs.flatMap((pair) => readCookie(pair, name) ?? []);
}

type Rule = { readonly expected: string; readonly fits: (value: unknown) => boolean };

const oneOf = (...values: readonly unknown[]): Rule => ({
  expected: values.map(show).join(" or "),
  fits: (value) => values.includes(value),
});
const text = (expected: string, grammar: RegExp): Rule => ({
  expected,
  fits: (value) => typeof value === "string" && grammar.test(value),
});
const flag = oneOf(true, false);
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

const rules: { readonly [Name in keyof CookieAttributes]-?: Rule } = {
  maxAge: { expected: "a whole number of seconds", fits: Number.isSafeInteger },
  expires: {
    expected: "a valid Date",
    fits: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  },
  path: text('a path of ASCII characters that starts with "/", without ; and <', /^\/[ -:=-~]*$/),
  domain: text('a domain such as "example.com"', new RegExp(`^\\.?${label}(?:\\.${label})*$`, "i")),
  secure: flag,
  httpOnly: flag,
  sameSite: oneOf("strict", "lax", "none"),
  partitioned: flag,
  priority: oneOf("low", "medium", "high"),
};

function checkEach(who: string, attributes: CookieAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!Object.hasOwn(rules, name)) {
      throw wrong(who, `attributes among ${Object.keys(rules).join(", ")}`, name);
    }
    const { expected, fits } = rules[name as keyof CookieAttributes];
    if (value !== undefined && !fits(value)) throw wrong(who, `"${name}" to be ${expected}`, value);
  }
}

/** Why the cookie must be secure, if it must: browsers drop it otherwise. */
function secureBecause(name: string, { sameSite, partitioned }: CookieAttributes): string | undefined {
  if (sameSite === "none") return 'sameSite: "none"';
  if (partitioned === true) return "partitioned: true";
  return /^__(?:secure|host)-/i.test(name) ? "the prefix of its name" : undefined;
}

function checkTogether(who: string, name: string, attributes: CookieAttributes): void {
  const { secure, path, domain } = attributes;
  const because = secureBecause(name, attributes);
  if (because !== undefined && secure !== true) throw wrong(who, `secure: true with ${because}`, secure);
  if (!/^__host-/i.test(name)) return;
  if (path !== "/") throw wrong(who, 'path: "/" with the prefix __Host-', path);
  if (domain !== undefined) throw wrong(who, "no domain with the prefix __Host-", domain);
}

/** In the order in which most servers write them. Source: the grammar of RFC 6265 section 4.1.1. */
function written(attributes: CookieAttributes): string {
  const { maxAge, domain, path, expires, httpOnly, secure, partitioned, priority, sameSite } = attributes;
  let text = "";
  if (maxAge !== undefined) text += `; Max-Age=${maxAge}`;
  if (domain !== undefined) text += `; Domain=${domain}`;
  if (path !== undefined) text += `; Path=${path}`;
  if (expires !== undefined) text += `; Expires=${expires.toUTCString()}`;
  if (httpOnly) text += "; HttpOnly";
  if (secure) text += "; Secure";
  if (partitioned) text += "; Partitioned";
  if (priority !== undefined) text += `; Priority=${capital(priority)}`;
  if (sameSite !== undefined) text += `; SameSite=${capital(sameSite)}`;
  return text;
}

const capital = (word: string): string => word[0]?.toUpperCase() + word.slice(1);

/**
 * The text of a `set-cookie` header; the value is percent-encoded.
 *
 * `formatCookie("theme", "dark", { path: "/", maxAge: 3600 })` is `"theme=dark; Max-Age=3600; Path=/"`
 *
 * Source: RFC 6265 section 4.1; for prefixes, RFC 6265bis section 4.1.3.
 * @throws TypeError where the name is no token, the value no well-formed text, or an attribute wrong, unknown,
 * or at odds with the others.
 */
export function formatCookie(name: string, value: string, attributes: CookieAttributes = {}): string {
  if (!isToken(name)) throw wrong("cookie", "a name of letters, digits, - and _", name);
  const who = `cookie "${name}"`;
  if (typeof value !== "string" || !value.isWellFormed()) throw wrong(who, "well-formed text", value);
  checkEach(who, attributes);
  checkTogether(who, name, attributes);
  return `${name}=${encodeURIComponent(value)}${written(attributes)}`;
}
