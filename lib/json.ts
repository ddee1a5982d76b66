/** JSON values as values: what a JSON round trip gives, deeply frozen, so that nobody can change it later. */
import { show } from "./errors.js";
import { put } from "./map.js";
import { stamp } from "./stamp.js";
import type { Json, JsonMap } from "./types.js";

/** On the objects that `json` has made: frozen all the way down, they are never copied again. */
const made = stamp<true>();

const place = (path: readonly string[]): string =>
  path.length === 0 ? "it" : JSON.stringify(path.join("."));

const cannot = (who: string, path: readonly string[], what: string): TypeError =>
  new TypeError(
    `${who}: expected a value that JSON can hold at ${place(path)}, got ${what}. Keep plain data: text, numbers, booleans, null, arrays and maps of these`,
  );

type Walk = { readonly who: string; readonly path: string[]; readonly above: object[] };

const withToJSON = (value: unknown, key: string): unknown => {
  if (typeof value !== "object" || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === "function" ? toJSON.call(value, key) : value;
};

const unboxed = (value: object): unknown =>
  value instanceof Number || value instanceof String || value instanceof Boolean ? value.valueOf() : value;

/** The JSON of one value; undefined where JSON leaves it out. */
function walk(given: unknown, key: string, at: Walk): Json | undefined {
  if (typeof given === "string" || typeof given === "boolean" || given === null) return given;
  if (made.of(given)) return given as Json;
  const seen = withToJSON(given, key);
  const value = typeof seen === "object" && seen !== null ? unboxed(seen) : seen;
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return value;
    case "number":
      return Number.isFinite(value) ? value + 0 : null;
    case "object":
      return value === null ? null : walkObject(value, at);
    default:
      throw cannot(at.who, at.path, show(value));
  }
}

function walkObject(value: object, at: Walk): Json {
  if (made.of(value)) return value as Json;
  if (at.above.includes(value)) throw cannot(at.who, at.path, "a cycle");
  at.above.push(value);
  const copy = Array.isArray(value) ? walkArray(value, at) : walkMap(value, at);
  at.above.pop();
  return Object.freeze(made.put(copy, true));
}

function walkArray(items: readonly unknown[], at: Walk): Json[] {
  return Array.from(items, (item, index) => {
    at.path.push(String(index));
    const json = walk(item, String(index), at) ?? null;
    at.path.pop();
    return json;
  });
}

function walkMap(map: object, at: Walk): JsonMap {
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(map)) {
    at.path.push(key);
    const json = walk((map as Record<string, unknown>)[key], key, at);
    at.path.pop();
    if (json !== undefined) put(copy, key, json);
  }
  return copy;
}

/**
 * What a JSON round trip makes of `value`, deeply frozen; undefined where JSON holds nothing. Unlike
 * `JSON.stringify` it refuses what would be lost in silence: a function, symbol, BigInt or cycle is a TypeError
 * that names its key. A value made by this function is given back as it is.
 */
export function json(who: string, value: unknown): Json | undefined {
  return walk(value, "", { who, path: [], above: [] });
}

/** Freezes what `JSON.parse` has made, where it is: nobody else has it, so it needs no copy. */
function settle(value: Json): void {
  if (typeof value !== "object" || value === null) return;
  for (const key in value) settle((value as JsonMap)[key] as Json);
  Object.freeze(made.put(value, true));
}

/** The map that a JSON text holds, as `jsonMap` would give it; `note` may mark it before it is frozen. Anything else is an error. */
export function parsedMap(who: string, text: string, note?: (map: object) => void): JsonMap {
  const value: Json = JSON.parse(text);
  if (typeof value === "object" && value !== null) note?.(value);
  settle(value);
  return jsonMap(who, value);
}

/** The same for a map by names: anything else is a TypeError. */
export function jsonMap(who: string, value: unknown): JsonMap {
  const map = json(who, value);
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new TypeError(`${who}: expected a map such as { name: "Ada" }, got ${show(value)}`);
  }
  return map as JsonMap;
}
