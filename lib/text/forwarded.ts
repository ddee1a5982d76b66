/** What proxies say of the requests that they pass on: RFC 7239, and the `x-forwarded-*` fields before it. */
import { isIP, isIPv4, isIPv6 } from "node:net";

/** An element of `forwarded`, which one proxy wrote: its parameters by name in lower case. */
export type Forwarded = { readonly [name: string]: string };

/** Whether a character stands after an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === "\\") before -= 1;
  return (at - before) % 2 === 0;
}

/**
 * Where the last element before `end` begins. It is sought from behind, since what stands in front may be a client's,
 * with a quote that would swallow what the proxies wrote after it.
 */
function beginning(text: string, end: number): number {
  let isQuoted = false;
  for (let at = end - 1; at >= 0; at -= 1) {
    if (text[at] === "," && !isQuoted) return at + 1;
    if (text[at] === '"' && !isEscaped(text, at)) isQuoted = !isQuoted;
  }
  return 0;
}

/**
 * The last elements of a list, `most` at most, the last one first: that of the nearest proxy. Empty ones count for
 * nothing (RFC 9110 section 5.6.1).
 *
 * `lastElements("a, b, c", 2)` gives `["c", "b"]`
 */
export function lastElements(text: string, most: number): readonly string[] {
  const elements: string[] = [];
  for (let end = text.length; end >= 0 && elements.length < most; ) {
    const begin = beginning(text, end);
    const element = text.slice(begin, end).trim();
    if (element !== "") elements.push(element);
    end = begin - 1;
  }
  return elements;
}

/**
 * `forwarded-pair = token "=" value`, `value = token / quoted-string`, and the semicolons around it. Outside of
 * quotes any value without delimiters will do: many proxies write ports and brackets there.
 */
const pair = /[ \t;]*([!#$%&'*+\-.^_`|~\w]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))[ \t]*(?:;[ \t;]*|$)/y;

const unquoted = (text: string): string => text.replace(/\\(.)/g, "$1");

/**
 * The parameters of an element of `forwarded`; undefined where it is outside the grammar.
 *
 * `parseForwarded('for="[::1]:80";proto=https')` gives `{ for: "[::1]:80", proto: "https" }`
 */
export function parseForwarded(element: string): Forwarded | undefined {
  const pairs: Record<string, string> = Object.create(null);
  for (let at = 0; at < element.length; at = pair.lastIndex) {
    pair.lastIndex = at;
    const [, name, quoted, plain] = pair.exec(element) ?? [];
    if (name === undefined || name.toLowerCase() in pairs) return undefined;
    pairs[name.toLowerCase()] = plain ?? unquoted(quoted as string);
  }
  return pairs;
}

/** `node = nodename [ ":" node-port ]`, RFC 7239 section 6, of a node that is named by an address. */
const node = /^(?:\[([^\]]+)\]|([^:]+))(?::(?:\d{1,5}|_[\w.-]+))?$/;

/**
 * The IP address of a node, without brackets and port; undefined where it is named otherwise: `unknown`, `_hidden`.
 *
 * `nodeAddress("[2001:db8::7]:4711")` is `"2001:db8::7"`
 */
export function nodeAddress(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  const [, literal = "", name = ""] = node.exec(text) ?? [];
  if (isIPv6(literal)) return literal;
  return isIPv4(name) ? name : undefined;
}
