/** Where a session is kept between requests: on the server under an id, or sealed in the browser. */
import type { Awaitable, JsonMap, Session, SessionRecord } from "../types.js";

/** A session as it is kept. Times are milliseconds since 1970. */
export type Kept = SessionRecord & {
  readonly session: Session;
  /** Data for the next request, not seen yet. */
  readonly flash?: JsonMap;
  /** When the session was first created, whatever its id was then: `lifetime` counts from here. */
  readonly created: number;
  /** When it was last written. */
  readonly renewed: number;
};

/** A session found in a request. */
export type Found = {
  /** The value of its cookie. */
  readonly cookie: string;
  /** What the store knows it by; "" where it is kept in the cookie. */
  readonly id: string;
  readonly kept: Kept;
  /** The flash that this request consumed; no other one gets it. */
  readonly flash: JsonMap;
};

/** What a request makes of a session: pure, as it may run again on a newer one. */
export type Plan = (kept: Kept) => {
  readonly next: Kept;
  /** Whether it goes on under a new id. */
  readonly moves: boolean;
};

/** What became of a write: "refused" where the session is gone, else the value of the cookie from now on. */
export type Outcome = "refused" | { readonly cookie: string };

export type Keeper = {
  /** The session that the value of a cookie stands for, its flash consumed; null for none. */
  readonly find: (cookie: string) => Awaitable<Found | null>;
  readonly begin: (kept: Kept) => Awaitable<Outcome>;
  readonly change: (found: Found, plan: Plan) => Awaitable<Outcome>;
  /** Ends the session of a cookie, also one that is only moving to another id. */
  readonly end: (cookie: string) => Awaitable<void>;
  /** Renews the idle time if that is due; null if not. */
  readonly renew: (found: Found) => Awaitable<Outcome | null>;
  /** Whether a session that was found stands under its cookie still. */
  readonly stands: (found: Found) => Awaitable<boolean>;
};

/** How long sessions last, in seconds. */
export type Lasting = {
  /** Idle timeout; undefined: none. */
  readonly expires: number | undefined;
  /** Absolute timeout from the first creation; undefined: none. */
  readonly lifetime: number | undefined;
};

/** Seconds until a session's time is over; undefined: never. */
export function secondsLeft({ created }: Kept, { expires, lifetime }: Lasting): number | undefined {
  if (lifetime === undefined) return expires;
  const left = Math.max(1, Math.ceil((created + lifetime * 1000 - Date.now()) / 1000));
  return Math.min(left, expires ?? left);
}

export const outlived = ({ created }: Kept, { lifetime }: Lasting): boolean =>
  lifetime !== undefined && Date.now() >= created + lifetime * 1000;

/** Renewing is put off until a tenth of the idle time has passed. */
export const isDue = ({ renewed }: Pick<Kept, "renewed">, { expires }: Lasting): boolean =>
  expires !== undefined && Date.now() - renewed >= expires * 100;

const isMap = (value: unknown): value is JsonMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a record has the form that is written here. */
export const isKept = (record: unknown): record is Kept =>
  isMap(record) &&
  isMap(record.session) &&
  (record.flash === undefined || isMap(record.flash)) &&
  typeof record.created === "number" &&
  typeof record.renewed === "number";

/** A session as it is kept from now on. */
export function keptNow(session: Session, flash: JsonMap | undefined, created: number): Kept {
  const renewed = Date.now();
  return isEmpty(flash)
    ? { session, created, renewed }
    : { session, flash: flash as JsonMap, created, renewed };
}

export function isEmpty(map: JsonMap | undefined): boolean {
  for (const _ in map) return false;
  return true;
}

/** The same without its flash. */
export const unflashed = ({ session, created, renewed }: Kept): Kept => ({ session, created, renewed });
