/** Building the path that a pattern matches with given values. */
import { show, wrong } from "../errors.js";
import type { RouteParams } from "../types.js";
import { type Parameter, parse, type Token } from "./parse.js";
import { type About, loneSurrogate, normal } from "./path.js";

/** What stands in a path for the parameters; an array for a name that the pattern has more than once. */
export type PathValues = {
  readonly [name: string]: string | number | readonly (string | number)[] | undefined;
};

/** A parameter, and which one it is of those with its name. */
type Place = { readonly parameter: Parameter; readonly nth: number; readonly of: number };
type Encode = (text: string, parameter: Parameter) => string;

const isParameter = (token: Token): token is Parameter => typeof token !== "string";

function placesOf(tokens: readonly Token[]): readonly Place[] {
  const parameters = tokens.filter(isParameter);
  return parameters.map((parameter, index) => {
    const same = ({ name }: Parameter) => name === parameter.name;
    return {
      parameter,
      nth: parameters.slice(0, index).filter(same).length,
      of: parameters.filter(same).length,
    };
  });
}

const own = (values: object, name: string): unknown =>
  Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined;

/** The value for a place; where its name stands in several, only an array of as many has it. */
function valueAt({ parameter, nth, of }: Place, values: object): unknown {
  const value = own(values, parameter.name);
  if (of === 1) return value;
  return Array.isArray(value) && value.length === of ? value[nth] : undefined;
}

const isFit = (value: unknown): value is string | number =>
  typeof value === "string" ? !loneSurrogate.test(value) : Number.isFinite(value);

function textAt(who: string, place: Place, values: object): string {
  const value = valueAt(place, values);
  if (isFit(value)) return String(value);
  const { name } = place.parameter;
  const expected =
    place.of === 1 ? "a string (valid Unicode) or a number" : `an array of ${place.of} strings or numbers`;
  throw wrong(who, `${expected} as ${show(name)}`, own(values, name));
}

/** A wildcard keeps its slashes; whatever else means something in a path is encoded. */
const strictly: Encode = (text, { name }) =>
  name === "*" ? text.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(text);

/** For expressions that ask for such a character as it is: they look at the path before it is decoded. */
const sparingly: Encode = (text, parameter) =>
  parameter.expression === undefined
    ? strictly(text, parameter)
    : normal(text.replaceAll("%", "%25").replaceAll("?", "%3F"));

function written(tokens: readonly Token[], texts: readonly string[], encode: Encode): string {
  const rest = texts.values();
  return tokens
    .map((token) => (isParameter(token) ? encode(rest.next().value as string, token) : token))
    .join("");
}

const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/** Browsers take "." and ".." for steps in the tree, and what follows "//" for a host. */
const isSafe = (path: string, about: About): boolean =>
  !dotSegment.test(path) && (about !== "path" || !path.startsWith("//"));

function givesBack(
  match: (path: string) => RouteParams | null,
  path: string,
  places: readonly Place[],
  texts: readonly string[],
): boolean {
  try {
    const params = match(path);
    return params !== null && places.every((place, index) => valueAt(place, params) === texts[index]);
  } catch {
    // Words side by side can cut an escape in two, which nobody can decode.
    return false;
  }
}

/**
 * A function from values to the path of a pattern; each value is percent-encoded, a wildcard keeps its slashes.
 *
 * @throws TypeError where a value is missing, or where the path would not give the same values back.
 */
export function builder(
  source: string | RegExp,
  match: (path: string) => RouteParams | null,
): (values: PathValues) => string {
  const who = `build of ${String(source)}`;
  if (source instanceof RegExp) {
    return () => {
      throw wrong(who, "a pattern of words and wildcards", source, 'Write it as text: "/user/:id{\\\\d+}"');
    };
  }
  const { about, tokens } = parse(source, "whole");
  const places = placesOf(tokens);
  return (values) => {
    if (typeof values !== "object" || values === null) throw wrong(who, "a map of parameters", values);
    const texts = places.map((place) => textAt(who, place, values));
    const paths = [strictly, sparingly].map((encode) => written(tokens, texts, encode));
    const path = paths.find((path) => isSafe(path, about) && givesBack(match, path, places, texts));
    if (path !== undefined) return path;
    const hint =
      'A fitting path gives the same values back, has no segment "." or "..", and one slash at its begin';
    throw wrong(who, "values that fit the pattern", paths[0], hint);
  };
}
