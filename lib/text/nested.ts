/** Names with brackets, `user[name]` and `tags[]`, as maps and lists. */
import { httpError } from "../errors.js";
import type { NestedParams, RepeatedParams } from "../types.js";

type Growing = string | Growing[] | GrowingMap;
type GrowingMap = { [name: string]: Growing };

/** `user[tags][]` is `["user", "tags", ""]`; a name whose brackets do not fit together is an ordinary one. */
function keysOf(name: string): readonly string[] {
  const open = name.indexOf("[");
  if (open < 1 || !name.endsWith("]")) return [name];
  const keys = [name.slice(0, open), ...name.slice(open + 1, -1).split("][")];
  return keys.some((key) => key.includes("[") || key.includes("]")) ? [name] : keys;
}

const conflict = (): Error =>
  httpError(
    400,
    "Conflicting parameters: a name stands for a text, a list or a map, and never for two of them",
  );

/** What stands at a place after a value was put below it, under these keys; an empty key adds to a list. */
function grown(before: Growing | undefined, [key, ...keys]: readonly string[], value: string): Growing {
  if (key === undefined) {
    if (typeof (before ?? "") !== "string") throw conflict();
    return value;
  }
  if (key === "") {
    const list = before ?? [];
    if (!Array.isArray(list)) throw conflict();
    list.push(grown(undefined, keys, value));
    return list;
  }
  const map: Growing = before ?? Object.create(null);
  if (typeof map === "string" || Array.isArray(map)) throw conflict();
  map[key] = grown(map[key], keys, value);
  return map;
}

/**
 * Parameters as maps and lists, without prototypes. `[]` adds to a list, and is all that does: of another name that
 * is repeated the last counts.
 *
 * `nest({ "user[name]": "Ada", "tags[]": ["a", "b"] }, 5)` is `{ user: { name: "Ada" }, tags: ["a", "b"] }`
 *
 * @throws HttpError 400 for a name of more brackets than `maxDepth`, and where one name stands for two kinds of things.
 */
export function nest(params: RepeatedParams, maxDepth: number): NestedParams {
  const nested: GrowingMap = Object.create(null);
  for (const [name, values = []] of Object.entries(params)) {
    const keys = keysOf(name);
    if (keys.length > maxDepth + 1) {
      throw httpError(400, `A parameter is more than ${maxDepth} levels deep`);
    }
    for (const value of [values].flat()) grown(nested, keys, value);
  }
  return nested;
}
