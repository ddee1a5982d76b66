/** The options of `withSession`, checked once and settled. */
import { randomBytes } from "node:crypto";
import { rescue } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { memoryStore } from "../stores/memory.js";
import { type CookieAttributes, formatCookie } from "../text/cookie.js";
import type { Secret } from "../text/seal.js";
import type { Request, Session, SessionStore } from "../types.js";
import { isInMemory, noteUnshared } from "../unshared.js";
import type { Keeper, Lasting } from "./keeper.js";
import { sealedSessions } from "./sealed.js";
import { storedSessions } from "./stored.js";

export type SessionCookie = {
  /** "composure-session". */
  readonly name?: string | undefined;
  /** "/". */
  readonly path?: string | undefined;
  /** Whether scripts cannot read it; true. */
  readonly httpOnly?: boolean | undefined;
  /** "lax". */
  readonly sameSite?: "strict" | "lax" | "none" | undefined;
  /** Whether it is sent by https only; "auto": where the request came by https. */
  readonly secure?: boolean | "auto" | undefined;
  /** None: this host alone. */
  readonly domain?: string | undefined;
  /** False. */
  readonly partitioned?: boolean | undefined;
  /** Seconds that it outlasts the browser; none: it ends with the browser. */
  readonly maxAge?: number | undefined;
};

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
  readonly cookie?: SessionCookie | undefined;
  /** Seconds that each call to a store may take; 3. */
  readonly deadline?: number | undefined;
};

/** What a session is made with: its options, or its type alone. */
export type SessionChoice = SessionOptions | "memory" | "cookie" | SessionStore;

/** What the options come to. */
export type Settings = {
  readonly keeper: Keeper;
  /** The name of the cookie. */
  readonly name: string;
  /** The cookie's header for a value; null: for a session that has ended. */
  readonly setCookie: (request: Request, value: string | null) => string;
  /** Whether the cookie outlasts the browser, and is sent anew when the session is renewed. */
  readonly lasts: boolean;
  readonly subject: (session: Session) => string | undefined;
};

const who = "withSession";
const known = ["type", "expires", "lifetime", "keys", "subject", "cookie", "deadline"];
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
  const { type = "memory", subject, keys, cookie } = options;
  if (cookie === null) throw wrong(who, 'a map as "cookie"', cookie);
  checkSeconds("maxAge", cookie?.maxAge);
  for (const name of ["expires", "lifetime", "deadline"] as const) checkSeconds(name, options[name]);
  if (type !== "memory" && type !== "cookie" && !isStore(type)) {
    throw wrong(who, `"memory", "cookie" or a store with ${methods.join(", ")} as "type"`, type);
  }
  if (keys !== undefined && type !== "cookie") throw wrong(who, 'type "cookie" with "keys"', type);
  if (subject !== undefined && typeof subject !== "function") {
    throw wrong(who, 'a function from session to text as "subject"', subject);
  }
}

/** A cookie may have 4096 bytes, attributes included. */
const largestCookie = 4096;

function cookieOf(options: SessionCookie) {
  const {
    name = "composure-session",
    path = "/",
    httpOnly = true,
    sameSite = "lax",
    secure = "auto",
  } = options;
  const { domain, partitioned, maxAge } = options;
  if (secure !== "auto" && typeof secure !== "boolean") {
    throw wrong(who, 'true, false or "auto" as "secure"', secure);
  }
  const base: CookieAttributes = { path, httpOnly, sameSite, domain, partitioned, maxAge };
  const needsHttps =
    base.sameSite === "none" || base.partitioned === true || /^__(?:secure|host)-/i.test(name);
  const plain = { ...base, secure: secure === "auto" ? needsHttps : secure };
  const safe = { ...base, secure: secure === "auto" || secure };
  const suffixes = [plain, safe].map((attributes) =>
    formatCookie(name, "", attributes).slice(name.length + 1),
  );
  const endings = [plain, safe].map((attributes) =>
    formatCookie(name, "", { ...attributes, maxAge: 0, expires: new Date(0) }),
  );
  const setCookie = ({ scheme }: Request, value: string | null): string => {
    const which = scheme === "https" ? 1 : 0;
    return value === null ? (endings[which] as string) : `${name}=${value}${suffixes[which]}`;
  };
  const room = largestCookie - name.length - 1 - Math.max(...suffixes.map((suffix) => suffix.length));
  return { name, setCookie, room, lasts: base.maxAge !== undefined };
}

type Cookie = ReturnType<typeof cookieOf>;
type Subject = (session: Session) => string | undefined;

const nobody: Subject = () => undefined;

/** Whose session it is, as text: only that can be compared and kept. */
const subjectOf =
  ({ subject = nobody }: SessionOptions): Subject =>
  (session) => {
    const whose: unknown = subject(session);
    if (whose === undefined || typeof whose === "string") return whose;
    throw wrong(who, 'the function "subject" to give text or undefined', whose);
  };

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

function keeperOf(options: SessionOptions, lasting: Lasting, cookie: Cookie, subject: Subject): Keeper {
  const { type = "memory", deadline = 3 } = options;
  const { name, room, lasts } = cookie;
  if (type === "cookie") return sealedSessions({ ...lasting, keys: keysOf(options.keys), name, room });
  const store = type === "memory" ? memoryStore() : type;
  if (isInMemory(store)) noteUnshared("memory");
  return storedSessions({ ...lasting, store, deadline, subject, lasts });
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
const notRenewed = (error: unknown): null => {
  console.error("withSession: a session could not be renewed", error);
  return null;
};

/** Checks the options and settles what they leave open. */
export function settingsOf(given: SessionChoice): Settings {
  const options = sessionOptions(given);
  check(options);
  const { expires, lifetime } = options;
  const subject = subjectOf(options);
  const cookie = cookieOf(options.cookie ?? {});
  const keeper = keeperOf(options, { expires, lifetime }, cookie, subject);
  const { name, setCookie, lasts } = cookie;
  const renew = rescue(keeper.renew, notRenewed);
  return { keeper: { ...keeper, renew }, name, setCookie, lasts, subject };
}
