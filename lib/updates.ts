/**
 * Updates of the session and the flash, each a part of a vector that acts on what the part before it left.
 *
 * Source: Compojure 0.3, compojure/http/session.clj.
 */
import { recreated, stepped } from "./change.js";
import { isPromise } from "./decorate.js";
import { wrong } from "./errors.js";
import { json, jsonMap } from "./json.js";
import { merged, omitted, put } from "./map.js";
import type { Json, JsonMap, Request, ResponseMap, Session } from "./types.js";

/** An update of the session: called with the request, whose session is the one left so far. */
export type SessionUpdate = (request: Request) => ResponseMap;

/** The map of `(key, value, key, value, …)` or of `({ key: value })`. */
function mapOf(who: string, args: readonly unknown[]): object {
  if (args.length === 1) return args[0] as object;
  if (args.length === 0 || args.length % 2 === 1) {
    throw wrong(who, "a map, or keys and values in turn", [...args], `${who}("name", "Ada")`);
  }
  const map = {};
  for (let i = 0; i < args.length; i += 2) put(map, keyOf(who, args[i]), args[i + 1]);
  return map;
}

function keyOf(who: string, key: unknown): string {
  if (typeof key !== "string") throw wrong(who, "a string as key", key, `${who}("name", "Ada")`);
  return key;
}

const none: ReadonlySet<string> = new Set();

/** The keys whose values JSON leaves out. */
function leftOut(map: object, values: JsonMap): ReadonlySet<string> {
  const keys = Object.keys(map);
  return keys.length === Object.keys(values).length
    ? none
    : new Set(keys.filter((key) => !Object.hasOwn(values, key)));
}

/**
 * Sets these keys of the session and leaves the others. A value of undefined removes its key, as JSON has none.
 *
 * `[sessionAssoc("name", params.name), "Your name has been set"]`, `sessionAssoc({ name: "Ada", age: 36 })`
 *
 * @throws TypeError for a value that JSON cannot hold; it names the key.
 */
export function sessionAssoc(values: { readonly [key: string]: Json | undefined }): SessionUpdate;
export function sessionAssoc(
  key: string,
  value: Json | undefined,
  ...more: readonly unknown[]
): SessionUpdate;
export function sessionAssoc(...args: readonly unknown[]): SessionUpdate {
  const map = mapOf("sessionAssoc", args);
  const values = jsonMap("sessionAssoc", map);
  const gone = leftOut(map, values);
  const assoc = (session: Session): Session =>
    merged(gone === none ? session : omitted(session, gone), values);
  return ({ session }) => ({ session: stepped(session, assoc) });
}

/** Removes these keys from the session: `sessionDissoc("cart", "coupon")`. */
export function sessionDissoc(...keys: readonly string[]): SessionUpdate {
  const gone = new Set(keys.map((key) => keyOf("sessionDissoc", key)));
  return ({ session }) => ({ session: stepped(session, (left) => omitted(left, gone)) });
}

/**
 * The whole session becomes `value`; null clears it.
 *
 * `[setSession({ name: "Ada" }), "Hello Ada"]`
 */
export function setSession(value: Session | null): SessionUpdate {
  if (value === null) return clearSession();
  const map = jsonMap("setSession", value);
  return ({ session }) => ({ session: stepped(session, () => map) });
}

/**
 * The session becomes `fn(session, ...args)`. The function is pure: it gets a frozen session, and may run again on
 * a newer one when requests of the session overlap.
 *
 * `alterSession((session, n) => ({ ...session, count: (session.count ?? 0) + n }), 1)`
 */
export function alterSession<Args extends readonly unknown[]>(
  fn: (session: Session, ...args: Args) => Session,
  ...args: Args
): SessionUpdate {
  if (typeof fn !== "function") throw wrong("alterSession", "a function from session to session", fn);
  const alter = (session: Session): Session => altered(fn(jsonMap("alterSession", session), ...args));
  return ({ session }) => ({ session: stepped(session, alter) });
}

function altered(value: unknown): Session {
  if (isPromise(value)) value.then(undefined, () => {});
  if (typeof value !== "object" || value === null || isPromise(value)) {
    const hint = "It is synchronous and returns the new session; use clearSession() to end one";
    throw wrong("alterSession", "its function to return a map", value, hint);
  }
  return jsonMap("alterSession", value);
}

/** Gives the session a new id and ends the old one; call it at login. `[recreateSession(), sessionAssoc("user", id)]` */
export function recreateSession(): SessionUpdate {
  return ({ session }) => ({ session: recreated(session) });
}

/** Deletes the session and expires its cookie: `[clearSession(), redirectTo("/login")]`. */
export function clearSession(): SessionUpdate {
  return () => ({ session: null });
}

/**
 * Data for the next request only, there as `request.flash`.
 *
 * `[flashAssoc("notice", "Saved"), redirectTo("/")]`
 */
export function flashAssoc(values: { readonly [key: string]: Json | undefined }): ResponseMap;
export function flashAssoc(key: string, value: Json | undefined, ...more: readonly unknown[]): ResponseMap;
export function flashAssoc(...args: readonly unknown[]): ResponseMap {
  return { flash: jsonMap("flashAssoc", mapOf("flashAssoc", args)) };
}

/** A session that a handler put into its response whole. */
export const wholeSession = (session: Session): Session => {
  const map = json("session", session) as Session;
  return stepped(undefined, () => map);
};
