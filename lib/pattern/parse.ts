/** The language of path patterns, which is Clout's: text to tokens. */
import { wrong } from "../errors.js";
import { type About, loneSurrogate, normal } from "./path.js";

/** How much of its subject a pattern must match: the whole, or a prefix of whole segments. */
export type Kind = "whole" | "prefix";
/** A word `:name` or `:name{expression}`; the one called `*` is the wildcard. */
export type Parameter = { readonly name: string; readonly expression?: string };
/** A literal in its encoded form, or a parameter. */
export type Token = string | Parameter;
export type Parsed = {
  readonly about: About;
  /** Whether the pattern names a port. */
  readonly port: boolean;
  readonly tokens: readonly Token[];
};

const start = /^(?:https?:)?\/\/(?=[^/])|^\/(?!\/)|^(?=\*)/;
const hostSoFar = /^https?$|^(?:https?:)?\/\/[^/]*$/;
const hostOnly = /^(?:https?:)?\/\/[^/*{]*$/;
/** A colon of the host which no bracket of an IPv6 address follows. */
const hostWithPort = /^(?:https?:)?\/\/[^/]*:[^/\]]*(?:\/|$)/;
const piece = /\\(.)|:([\p{L}_][\p{L}\p{M}\p{N}_-]*)|\*|[^\\:*{}]+/suy;
const noEscape = /%(?![\da-f]{2})/gi;

/**
 * Reads a pattern: literals, words `:name`, words with an expression `:name{\\d+}`, wildcards `*`; a backslash
 * makes a literal of the next character.
 *
 * @throws TypeError where it cannot be read, which says what to write instead.
 *
 * Source: Clout, src/clout/core.clj.
 */
export function parse(source: string, kind: Kind): Parsed {
  const begin = opening(source);
  const tokens = read(source, complete(source, kind));
  const port = hostWithPort.test(tokens.filter((token) => typeof token === "string").join(""));
  return { about: aboutOf(begin), port, tokens: canonical(tokens, begin) };
}

function opening(source: string): string {
  const [begin] = (typeof source === "string" && start.exec(source)) || [];
  if (begin === undefined) {
    const expected = 'a string that begins with "/", "//", "http://", "https://" or "*", or a RegExp';
    throw wrong("pattern", expected, source, 'Write "/users", or "//example.com/users" with a host');
  }
  if (loneSurrogate.test(source)) {
    throw wrong("pattern", "valid Unicode", source, "It has half a surrogate pair");
  }
  return begin;
}

const aboutOf = (begin: string): About =>
  begin.length < 2 ? "path" : begin.startsWith("http") ? "url" : "host";

export const withoutSlash = (prefix: string): string => prefix.replace(/\/$/, "");

/** A prefix ends before its last slash; a site on its own means its root. */
function complete(source: string, kind: Kind): string {
  if (kind === "prefix") return withoutSlash(source);
  return hostOnly.test(source) ? `${source}/` : source;
}

function read(source: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const { token, next } = readOne(source, text, at);
    const last = tokens.at(-1);
    if (typeof token === "string" && typeof last === "string") tokens[tokens.length - 1] = last + token;
    else tokens.push(token);
    at = next;
  }
  return tokens;
}

type Read = { readonly token: Token; readonly next: number };

function readOne(source: string, text: string, at: number): Read {
  piece.lastIndex = at;
  const found = piece.exec(text);
  if (found === null) return { token: loneColon(source, text, at), next: at + 1 };
  const [whole, escaped, name] = found;
  const next = piece.lastIndex;
  if (name !== undefined)
    return text[next] === "{" ? withExpression(text, name, next) : { token: { name }, next };
  return { token: whole === "*" ? { name: "*" } : (escaped ?? whole), next };
}

/** The colon of a scheme, a port or an IPv6 address is a literal. */
function loneColon(source: string, text: string, at: number): string {
  if (text[at] === ":" && hostSoFar.test(text.slice(0, at))) return ":";
  const expected = 'names that begin with a letter after ":" and expressions in {…} after a name';
  const hint = `At ${at}; for the character itself write ${JSON.stringify(`\\${text[at]}`)}`;
  throw wrong("pattern", expected, source, hint);
}

/** The expression of a word goes up to the brace that closes the first one. */
function withExpression(text: string, name: string, brace: number): Read {
  let open = 0;
  for (let at = brace; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "{") open++;
    else if (text[at] === "}" && --open === 0) {
      return { token: { name, expression: text.slice(brace + 1, at) }, next: at + 1 };
    }
  }
  const hint = "Close the expression with }, and write \\\\{ or \\\\} for a brace without its pair";
  throw wrong("pattern", `a } for the { after ":${name}"`, text, hint);
}

/** Literals of the host are compared in lower case, literals of the path in their encoded form. */
function canonical(tokens: readonly Token[], begin: string): readonly Token[] {
  let inHost = aboutOf(begin) !== "path";
  return tokens.map((token, index) => {
    if (typeof token !== "string") return token;
    if (!inHost) return encoded(token);
    const slash = token.indexOf("/", index === 0 ? begin.length : 0);
    inHost = slash === -1;
    return inHost ? token.toLowerCase() : token.slice(0, slash).toLowerCase() + encoded(token.slice(slash));
  });
}

const encoded = (literal: string): string => normal(literal.replace(noEscape, "%25"));
