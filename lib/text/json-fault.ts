/** Where a text stops being JSON; `JSON.parse` says it of some faults only. */

const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const isSpace = (char: string | undefined): boolean =>
  char === " " || char === "\n" || char === "\r" || char === "\t";

const isUnescaped = (char: string | undefined): boolean =>
  char !== undefined && char >= " " && char !== '"' && char !== "\\";

/**
 * The index at which a text that is no JSON stops being it; its length where it ends too early. There is a function
 * for each rule of the grammar (RFC 8259 sections 2 to 7), so the depth of the text must be bounded.
 *
 * `faultIn('{"a":1,}')` is `7`
 */
export function faultIn(text: string): number {
  let at = 0;

  const skipSpace = (): true => {
    while (isSpace(text[at])) at++;
    return true;
  };
  const takes = (char: string): boolean => {
    if (text[at] !== char) return false;
    at++;
    return skipSpace();
  };
  const matches = (expression: RegExp): boolean => {
    expression.lastIndex = at;
    if (!expression.test(text)) return false;
    at = expression.lastIndex;
    return true;
  };

  const list = (item: () => boolean): boolean => {
    do if (!item()) return false;
    while (takes(","));
    return true;
  };
  const string = (): boolean => {
    if (text[at] !== '"') return false;
    at++;
    do while (isUnescaped(text[at])) at++;
    while (matches(escaped));
    return takes('"');
  };
  const member = (): boolean => string() && takes(":") && value();
  const value = (): boolean => {
    if (takes("{")) return takes("}") || (list(member) && takes("}"));
    if (takes("[")) return takes("]") || (list(value) && takes("]"));
    return text[at] === '"' ? string() : matches(scalar) && skipSpace();
  };

  skipSpace();
  value();
  return at;
}
