/**
 * Sessions: `request.session`, and what a response makes of it, saved before it is sent.
 *
 * Source: Compojure 0.3, compojure/http/session.clj; Ring, ring/middleware/session.clj and flash.clj.
 */
import { type Change, changeOf, replayed } from "../change.js";
import { around, isPromise, then } from "../decorate.js";
import { jsonMap } from "../json.js";
import { merged, omitted } from "../map.js";
import { headerOf } from "../request.js";
import { forgiving } from "../session/forgiving.js";
import { type Found, isEmpty, type Keeper, type Kept, keptNow, type Outcome } from "../session/keeper.js";
import { type SessionChoice, type Settings, settingsOf } from "../session/options.js";
import { readCookie, readCookies } from "../text/cookie.js";
import {
  type Awaitable,
  type Decorator,
  holding,
  type JsonMap,
  type Request,
  type Response,
  type Session,
} from "../types.js";
import { wholeSession } from "../updates.js";

/** What `sessionRequest` found, for `sessionResponse`. */
type Holding = {
  readonly found: Found | null;
  /** What the browser sent. */
  readonly cookie: string | undefined;
  /** What became of the idle time. */
  readonly renewed: Outcome | null;
  /** Why the session could not be read; what is not known must not be changed. */
  readonly failure?: Error;
};

const none: Session = Object.freeze({});

/** How many cookies of our name are looked at: a browser sends one for each path and parent domain at most. */
const mostCookies = 4;

/** The keys of a response that are for us, and not for the edge. */
const ours: ReadonlySet<string> = new Set(["session", "flash"]);

/**
 * Adds `session` and `flash`. A request that has a session is left alone: it is another's to save.
 */
export function sessionRequest(request: Request, { keeper, name }: Settings): Awaitable<Request> {
  if (request.session !== undefined) return { ...request, [holding]: undefined };
  const header = headerOf(request, "cookie");
  const cookie = readCookie(header, name);
  const held = (found: Found | null): Awaitable<Request> =>
    then(found && keeper.renew(found), (renewed) =>
      holdingRequest(request, { found, cookie: found?.cookie ?? cookie, renewed }),
    );
  if (cookie === undefined) return held(null);
  const found = keeper.find(cookie);
  if (found !== null && !isPromise(found)) return held(found);
  return then(
    then(found, (found) => found ?? firstFound(readCookies(header, name).slice(1, mostCookies), keeper)),
    held,
  );
}

/** Others of the domain may set a cookie of our name; theirs must not hide ours. */
function firstFound([cookie, ...others]: readonly string[], keeper: Keeper): Awaitable<Found | null> {
  if (cookie === undefined) return null;
  return then(keeper.find(cookie), (found) => found ?? firstFound(others, keeper));
}

const holdingRequest = (request: Request, held: Holding): Request => ({
  ...request,
  session: held.found?.kept.session ?? none,
  flash: held.found?.flash ?? none,
  [holding]: held,
});

/** A request whose session could not be read goes on with none. */
const unreadRequest = (request: Request, failure: Error): Request =>
  holdingRequest(request, { found: null, cookie: undefined, renewed: null, failure });

const unsavedResponse = (response: Response): Response => omitted(response, ours);

/** Saves what the response says of session and flash, and takes both off it. */
export function sessionResponse(
  response: Response,
  request: Request,
  settings: Settings,
): Awaitable<Response> {
  const held = request[holding] as Holding | undefined;
  if (held === undefined) return response;
  const isUntouched = response.session === undefined && response.flash === undefined;
  if (isUntouched && held.renewed === null) return response;
  if (held.failure !== undefined) throw held.failure;
  const answer = (response: Response, outcome: Outcome | "ended" | null): Response =>
    outcome === null || isHad(outcome, held, settings)
      ? response
      : sent(response, request, outcome, settings);
  if (isUntouched) return then(renewal(held, settings), (outcome) => answer(response, outcome));
  const rest = unsavedResponse(response);
  return then(saved(held, changed(response.session), response.flash, settings), (outcome) =>
    answer(rest, outcome),
  );
}

/** What was done to the session: nothing, cleared, or the steps that led to it. */
function changed(session: Session | null | undefined): Change | null | undefined {
  if (session === null || session === undefined) return session;
  return changeOf(session) ?? changeOf(wholeSession(jsonMap("session", session)));
}

/** An outcome that the browser need not hear of: it has this cookie, and it is to last as long as the browser. */
const isHad = (outcome: Outcome | "ended", { cookie }: Holding, { lasts }: Settings): boolean =>
  outcome === "refused" || (outcome !== "ended" && outcome.cookie === cookie && !lasts);

/**
 * What renewing has come to by the end of a request that leaves the session alone. The browser may have another cookie
 * by now: while the handler was at work, a login may have given the session another id, or a logout may have ended it.
 */
function renewal(held: Holding, settings: Settings): Awaitable<Outcome | null> {
  const { found, renewed } = held;
  if (found === null || renewed === null || isHad(renewed, held, settings)) return null;
  return then(settings.keeper.stands(found), (stands) => (stands ? renewed : null));
}

type Saved = Awaitable<Outcome | "ended" | null>;

function saved(
  { found, cookie }: Holding,
  change: Change | null | undefined,
  flash: JsonMap | undefined,
  settings: Settings,
): Saved {
  const { keeper } = settings;
  if (change === null || change?.begins) {
    const next = keptNow(change === null ? none : replayed(change, none), flash, Date.now());
    return then(cookie === undefined ? undefined : keeper.end(cookie), (): Saved => {
      if (!isEmpty(next.session) || next.flash !== undefined) return keeper.begin(next);
      return cookie === undefined ? null : "ended";
    });
  }
  if (found !== null) return keeper.change(found, planOf(change, flash, settings));
  const next = keptNow(change === undefined ? none : replayed(change, none), flash, Date.now());
  return isEmpty(next.session) && next.flash === undefined ? null : keeper.begin(next);
}

/** The change as a function of the session as it is when it is written. */
function planOf(change: Change | undefined, flash: JsonMap | undefined, { subject }: Settings) {
  return (kept: Kept) => {
    const session = change === undefined ? kept.session : replayed(change, jsonMap("session", kept.session));
    const pending = merged(kept.flash ?? {}, flash ?? {});
    const next = keptNow(session, pending, kept.created);
    return { next, moves: change?.recreates === true || subject(kept.session) !== subject(session) };
  };
}

/** The response with the cookie; what carries one is for this browser alone, and no cache's. */
function sent(
  response: Response,
  request: Request,
  outcome: Outcome | "ended",
  { setCookie }: Settings,
): Response {
  const cookie = setCookie(request, typeof outcome === "object" ? outcome.cookie : null);
  const before = response.headers?.["set-cookie"] ?? [];
  const headers = merged({ "cache-control": "private, no-store" }, response.headers);
  return { ...response, headers: merged(headers, { "set-cookie": [before, cookie].flat() }) };
}

/**
 * Adds `request.session` and `request.flash`, and saves what the response makes of them before it is sent.
 *
 * Options (a string is short for `{ type }`):
 * - `type`: `"memory"` (default), `"cookie"` (sealed in the browser) or a store
 * - `expires`: idle timeout in seconds; none. Each request renews it
 * - `lifetime`: absolute timeout in seconds from the creation; none
 * - `keys`: for `"cookie"`, one secret or several, the newest first, each of at least 32 bytes
 * - `subject`: `(session) => string | undefined`, whose session it is; when it changes, the id does
 * - `label`: `(session) => string | undefined`, your own words for it, which `store.sessionsOf(subject)` shows; none
 * - `revoked`: for `"cookie"`, `(session, sealed) => boolean`, or a promise of it: whether the session was revoked since
 *   it was sealed, in milliseconds since 1970; none ever is
 * - `cookie`: `name` ("composure-session"), `path` ("/"), `httpOnly` (true), `sameSite` ("lax"), `secure` ("auto": where
 *   the request came by https), `domain`, `partitioned`, `maxAge` in seconds (none: as long as the browser)
 * - `deadline`: seconds that a call to the store, or of `revoked`, may take; 3
 * - `onStoreError`: `(error, request, goOn) => response`, or a promise of one, where the session could not be read or
 *   saved; throws the error. `goOn()` gives the response without a session, or unsaved
 *
 * Errors: a TypeError for a wrong option; 503 with `retry-after` where the store fails, is late, or is known to be down,
 * reported on the console once and then once a minute; a RangeError where a cookie would pass 4096 bytes.
 *
 * `decorate(app, withSession({ type: "memory", expires: 600 }))`
 */
export function withSession(options: SessionChoice = {}): Decorator {
  const settings = settingsOf(options);
  const read = (request: Request) => sessionRequest(request, settings);
  const save = (response: Response, request: Request) => sessionResponse(response, request, settings);
  const { onStoreError } = settings;
  if (onStoreError === undefined) return around(read, save);
  return forgiving({ read, save, unread: unreadRequest, unsaved: unsavedResponse }, onStoreError);
}
