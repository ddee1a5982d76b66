/** The cookie that a session is known by: its options, and its header for each request. */
import { wrong } from "../errors.js";
import { type CookieAttributes, formatCookie } from "../text/cookie.js";
import type { Request } from "../types.js";

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

/** A cookie may have 4096 bytes, attributes included. */
const largestCookie = 4096;

/** The name, the header and the room that the options of a cookie come to. */
export function cookieOf(options: SessionCookie) {
  const {
    name = "composure-session",
    path = "/",
    httpOnly = true,
    sameSite = "lax",
    secure = "auto",
  } = options;
  const { domain, partitioned, maxAge } = options;
  if (secure !== "auto" && typeof secure !== "boolean") {
    throw wrong("withSession", 'true, false or "auto" as "secure"', secure);
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

export type Cookie = ReturnType<typeof cookieOf>;
