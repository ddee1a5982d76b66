/** The code blocks of a page, and how a block becomes a module that can be run or checked. */
import { Script } from "node:vm";

export type Block = {
  readonly page: string;
  /** The line of the page on which the code begins. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** Why the block is not run, from a comment `<!-- not run: … -->` before it. */
  readonly reason?: string;
};

const fence = /^( *)(`{3,})(\w*)[^\n]*\n(.*?)^ *\2 *$/gms;
const notRun = /<!-- not run: (.+?) -->\s*$/;

/** The fenced blocks of a page. */
export function blocksOf(page: string, markdown: string): Block[] {
  return [...markdown.matchAll(fence)].map((found) => {
    const [, indent, , language, body] = found;
    const before = markdown.slice(0, found.index);
    const reason = notRun.exec(before)?.[1];
    const code = body!.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const block = { page, line: before.split("\n").length + 1, language: language!, code };
    return reason === undefined ? block : { ...block, reason };
  });
}

/** Puts code on the lines where it stands in its page, so that every error names the line of the page. */
export const inPlace = ({ line }: Block, code: string, first = ""): string =>
  first + "\n".repeat(line - 1) + code;

const expectation = /^(.*?);?\s*\/\/=> (.+)$/;

function isExpression(code: string): boolean {
  try {
    new Script(`async () => (${code}\n)`);
    return true;
  } catch {
    return false;
  }
}

/** The first line of the expression that ends on line `last`. */
function beginning(lines: readonly string[], last: number, end: string): number {
  for (let first = last; first >= 0; first--) {
    if (isExpression([...lines.slice(first, last), end].join("\n"))) return first;
  }
  throw new SyntaxError(`expected an expression before //=>, got ${end}`);
}

/** Makes `expression; //=> value` a call of `expectSame`; every line stays where it is. */
export function withExpectations(code: string): string {
  const lines = code.split("\n");
  for (const [last, line] of lines.entries()) {
    const [, end, value] = expectation.exec(line) ?? [];
    if (end === undefined) continue;
    const first = beginning(lines, last, end);
    lines[last] = `${end}), (${value}));`;
    lines[first] = `;expectSame(await (${lines[first]}`;
  }
  return lines.join("\n");
}

const serving = /\b(?:serve|listen)\(/;

/** Servers take a free port, and end soon after the last line of their block has run. */
export function withoutPorts(code: string): string {
  if (!serving.test(code)) return code;
  const free = code.replaceAll(/\bport: \d+|(?<=\.listen\()\d+/g, (port) => port.replace(/\d+/, "0"));
  return `${free}\n;globalThis.setTimeout(() => process.exit(), 50);`;
}

const declares = (code: string, name: string): boolean =>
  new RegExp(
    `\\b(?:const|let|var|function|class|type|interface) ${name}\\b|` +
      `\\b(?:const|let|import)(?: type)? *[{[][^}\\]]*\\b${name}\\b`,
  ).test(code);

/** Those of the names that a block uses without importing or declaring them. */
export const missingNames = (code: string, names: readonly string[]): string[] =>
  names.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(code) && !declares(code, name));
