/** Urlencoded forms: the text of a query or form body to parameters, and back. */
import type { Params, RepeatedParams } from "../types.js";
import { decodePercent } from "./percent.js";

type Value = string | number | boolean;
/** What a form is made of; a list gives its name as often as it has items, undefined leaves it out. */
export type FormValues = { readonly [name: string]: Value | readonly Value[] | undefined };

/** Splitting is five times as fast as replacing, on a body of nothing but spaces. */
const decode = (text: string): string => decodePercent(text.includes("+") ? text.split("+").join(" ") : text);

function add(params: Record<string, string | string[]>, name: string, value: string): void {
  const before = params[name];
  if (before === undefined) params[name] = value;
  else if (typeof before === "string") params[name] = [before, value];
  else before.push(value);
}

/**
 * The parameters of an urlencoded text, in a map without prototype: `+` is a space, `foo` alone is `""`, a
 * parameter without a name is dropped, a repeated name gives an array.
 *
 * `parseForm("a=1&b=x+y&b=z")` is `{ a: "1", b: ["x y", "z"] }`
 *
 * Source: https://url.spec.whatwg.org/#urlencoded-parsing, and Ring's `assoc-param` for repeated names.
 * @throws HttpError 400 where an escape is malformed.
 */
export function parseForm(text: string): RepeatedParams {
  const params: Record<string, string | string[]> = Object.create(null);
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf("&", start);
    if (end === -1) end = text.length;
    const pair = text.slice(start, end);
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (name !== "") add(params, decode(name), equals === -1 ? "" : decode(pair.slice(equals + 1)));
  }
  return params;
}

/**
 * The urlencoded text of a map of values.
 *
 * `formatForm({ a: 1, b: ["x y", "z"] })` is `"a=1&b=x+y&b=z"`
 *
 * Source: https://url.spec.whatwg.org/#urlencoded-serializing
 */
export function formatForm(values: FormValues): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of [value].flat()) {
      if (each !== undefined) form.append(name, String(each));
    }
  }
  return form.toString();
}

/**
 * The last of each repeated name, in a map without prototype.
 *
 * `lastOf({ a: "1", b: ["x", "y"] })` is `{ a: "1", b: "y" }`
 */
export function lastOf(params: RepeatedParams): Params {
  const last: Record<string, string | undefined> = Object.create(null);
  for (const name of Object.keys(params)) {
    const value = params[name];
    const text = typeof value === "object" ? value.at(-1) : value;
    if (text !== undefined) last[name] = text;
  }
  return last;
}
