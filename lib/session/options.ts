/** The options of `withSession`, checked once and settled. */
import { randomBytes } from "node:crypto";
import { rescue, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { failureOf } from "../failure.js";
import { isReported } from "../log.js";
import { memoryStore } from "../stores/memory.js";
import type { Secret } from "../text/seal.js";
import type { Awaitable, Request, Response, Session, SessionStore } from "../types.js";
import { isInMemory, noteUnshared } from "../unshared.js";
import { type Cookie, cookieOf, type SessionCookie } from "./cookie.js";
import { type Guard, guard } from "./guard.js";
import type { Keeper, Kept, Lasting } from "./keeper.js";
import type { Words } from "./keeping.js";
import { type Reports, sparseReports } from "./reports.js";
import { sealedSessions } from "./sealed.js";
import { storedSessions } from "./stored.js";

/** Answers a request whose session could not be read or saved; `goOn` gives the answer without that. */
export type StoreErrorHandler = (
  error: Error,
  request: Request,
  goOn: () => Awaitable<Response | null>,
) => Awaitable<Response | null>;

export type SessionOptions<S = Session> = {
  /** "memory", "cookie" (sealed in the browser), or a store; "memory". */
  readonly type?: "memory" | "cookie" | SessionStore | undefined;
  /** Idle timeout in seconds, renewed by each request; none. */
  readonly expires?: number | undefined;
  /** Absolute timeout in seconds from the creation; none. */
  readonly lifetime?: number | undefined;
  /** For "cookie": one secret or several, the newest first, each of at least 32 bytes; needed in production. */
  readonly keys?: Secret | readonly Secret[] | undefined;
  /** Whose session it is; when it changes, the id does. */
  readonly subject?: ((session: S) => string | undefined) | undefined;
  /** The user's own words for the session, for `store.sessionsOf`: "Firefox on Linux". */
  readonly label?: ((session: S) => string | undefined) | undefined;
  /** For "cookie": whether a session was revoked since it was sealed, in milliseconds since 1970. */
  readonly revoked?: ((session: S, sealed: number) => Awaitable<boolean>) | undefined;
  readonly cookie?: SessionCookie | undefined;
  /** Seconds that each call to a store, or of `revoked`, may take; 3. */
  readonly deadline?: number | undefined;
  /** Answers where a session could not be read or saved; by default the error is thrown. */
  readonly onStoreError?: StoreErrorHandler | undefined;
};

/** What a session is made with: its options, or its type alone. */
export type SessionChoice<S = Session> = SessionOptions<S> | "memory" | "cookie" | SessionStore;

/** What the options come to. */
export type Settings = {
  readonly keeper: Keeper;
  /** The name of the cookie. */
  readonly name: string;
  /** The cookie's header for a value; null: for a session that has ended. */
  readonly setCookie: (request: Request, value: string | null) => string;
  /** Whether the cookie outlasts the browser, and is sent anew when the session is renewed. */
  readonly lasts: boolean;
  readonly subject: Words;
  readonly onStoreError: StoreErrorHandler | undefined;
};

const who = "withSession";
const functions = {
  subject: "a function from session to text",
  label: "a function from session to text",
  revoked: "a function from session and time to true or false",
  onStoreError: "a function from error, request and goOn to a response",
};
const known = ["type", "expires", "lifetime", "keys", "cookie", "deadline", ...Object.keys(functions)];
const knownOfCookie = ["name", "path", "httpOnly", "sameSite", "secure", "domain", "partitioned", "maxAge"];
const methods = ["read", "create", "update", "delete"] as const;

const isStore = (type: unknown): type is SessionStore =>
  typeof type === "object" &&
  type !== null &&
  methods.every((name) => typeof (type as SessionStore)[name] === "function");

function checkSeconds(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && value > 0 && Number.isFinite(value))) return;
  throw wrong(who, `a positive number of seconds as "${name}"`, value);
}

function check(options: SessionOptions): void {
  checkNames(who, options, known);
  checkNames(who, options.cookie ?? {}, knownOfCookie);
  const { type = "memory", keys, cookie } = options;
  if (cookie === null) throw wrong(who, 'a map as "cookie"', cookie);
  checkSeconds("maxAge", cookie?.maxAge);
  for (const name of ["expires", "lifetime", "deadline"] as const) checkSeconds(name, options[name]);
  if (type !== "memory" && type !== "cookie" && !isStore(type)) {
    throw wrong(who, `"memory", "cookie" or a store with ${methods.join(", ")} as "type"`, type);
  }
  if (keys !== undefined && type !== "cookie") throw wrong(who, 'type "cookie" with "keys"', type);
  if (options.revoked !== undefined && type !== "cookie") {
    const hint = "Of a store's sessions delete the records: store.delete(id), store.deleteAllOf(subject)";
    throw wrong(who, 'type "cookie" with "revoked"', type, hint);
  }
  if (options.label !== undefined && type === "cookie") {
    const hint = "Sessions in the cookie have no list that would show it";
    throw wrong(who, '"memory" or a store as "type" with "label"', type, hint);
  }
  for (const [name, expected] of Object.entries(functions)) {
    const given = options[name as keyof typeof functions];
    if (given !== undefined && typeof given !== "function")
      throw wrong(who, `${expected} as "${name}"`, given);
  }
}

/** The words that a function of the user's gives; only text can be compared and kept. */
const wordsOf =
  (name: string, fn: Words): Words =>
  (session) => {
    const words: unknown = fn(session);
    if (words === undefined || typeof words === "string") return words;
    throw wrong(who, `the function "${name}" to give text or undefined`, words);
  };

const answeredRevoked = (answer: unknown): boolean => {
  if (typeof answer === "boolean") return answer;
  throw wrong(who, 'the function "revoked" to give true or false', answer);
};

/** Asks the user's function as a store is asked: an answer that fails to come is neither yes nor no. */
const revocation = ({ revoked }: SessionOptions, { ask }: Guard) =>
  revoked &&
  (({ session, renewed }: Kept): Awaitable<boolean> =>
    ask("revoked", () => then(revoked(session, renewed), answeredRevoked)));

function keysOf(keys: SessionOptions["keys"]): readonly Secret[] {
  if (keys !== undefined) return Array.isArray(keys) ? keys : [keys as Secret];
  if (process.env.NODE_ENV === "production") {
    throw wrong(
      who,
      '"keys" for type "cookie" in production',
      keys,
      "Make one with crypto.randomBytes(32) and keep it",
    );
  }
  noteUnshared("keys");
  console.warn('withSession: no "keys" given, so sessions of type "cookie" end when this process does');
  return [randomBytes(32)];
}

type Parts = { readonly cookie: Cookie; readonly subject: Words; readonly reports: Reports };

function keeperOf(options: SessionOptions, { cookie, subject, reports }: Parts): Keeper {
  const { type = "memory", expires, lifetime, deadline = 3, label } = options;
  const { name, room } = cookie;
  const lasting: Lasting = { expires, lifetime };
  const guarded = guard({ deadline, reports });
  if (type === "cookie") {
    const isRevoked = revocation(options, guarded);
    return sealedSessions({ ...lasting, keys: keysOf(options.keys), name, room, isRevoked });
  }
  const store = type === "memory" ? memoryStore() : type;
  if (isInMemory(store)) noteUnshared("memory");
  const words = label && wordsOf("label", label);
  return storedSessions({ ...lasting, store, guard: guarded, subject, label: words });
}

/** A type by itself is short for the options with it. */
export const sessionOptions = (given: SessionChoice): SessionOptions => {
  if (typeof given === "string" || isStore(given)) return { type: given };
  if (typeof given !== "object" || given === null) {
    throw wrong(who, 'a map of options, "memory", "cookie" or a store', given);
  }
  return given;
};

/** Not to be able to renew is no reason to fail: the session is there, and unchanged. */
const notRenewed =
  ({ failed }: Reports) =>
  (error: unknown): null => {
    if (!isReported(error)) failed(`a session could not be renewed: ${failureOf(error).text}`, error);
    return null;
  };

/** Checks the options and settles what they leave open. */
export function settingsOf(given: SessionChoice): Settings {
  const options = sessionOptions(given);
  check(options);
  const { onStoreError } = options;
  const subject = wordsOf("subject", options.subject ?? (() => undefined));
  const cookie = cookieOf(options.cookie ?? {});
  const reports = sparseReports();
  const keeper = keeperOf(options, { cookie, subject, reports });
  const renew = rescue(keeper.renew, notRenewed(reports));
  const stands = rescue(keeper.stands, () => false);
  const { name, setCookie, lasts } = cookie;
  return { keeper: { ...keeper, renew, stands }, name, setCookie, lasts, subject, onStoreError };
}
