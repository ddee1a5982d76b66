/**
 * Tokens against forged requests, bound to the session.
 *
 * The session holds the secrets that its pages were made with. A page takes the last one; a second one is there only
 * where pages of one visitor were made at the same time, and their forms shall all hold.
 */
import { begun, changeOf, stepped } from "./change.js";
import { type Html, html } from "./html.js";
import { merged } from "./map.js";
import { isSecret, masked, newSecret, unmasks } from "./text/mask.js";
import type { Request, Response, Session } from "./types.js";
import { wholeSession } from "./updates.js";

/** Where a page sends its token: the name of a form field. Source: ring-anti-forgery. */
export const tokenField = "__anti-forgery-token";

/** The key of the session under which the secrets are. */
const key = "antiForgeryToken";

/** The most secrets of a session. */
const most = 8;

/** What a page asked for while it was made; the secret it was given must be in the session by the end. */
type Desk = { secret: string | undefined; isClosed: boolean };

const desk: unique symbol = Symbol("composure.anti-forgery");
type Guarded = Request & { readonly [desk]?: Desk };

/** The secrets of a session, the newest last. */
export function secretsOf(session: Session | null | undefined): readonly string[] {
  const secrets: unknown = session?.[key];
  return Array.isArray(secrets) ? secrets.filter(isSecret) : [];
}

/** Adds what pages ask for tokens. */
export const deskRequest = (request: Request): Request =>
  ({ ...request, [desk]: { secret: undefined, isClosed: false } }) as Guarded;

const keeping =
  (secret: string) =>
  (session: Session): Session =>
    merged(session, { [key]: [...secretsOf(session), secret].slice(-most) });

/** The session as the handler left it, with the steps that led there: a secret is one more step. */
function leftBy({ session }: Response, request: Request): Session | undefined {
  if (session === undefined) return request.session;
  if (session === null) return begun();
  return changeOf(session) === undefined ? wholeSession(session) : session;
}

/**
 * Puts the secret that a page was made with into the session, where it is not there. The page is of one visitor, and
 * not for caches.
 */
export function deskResponse(response: Response, request: Request): Response {
  const asked = (request as Guarded)[desk];
  if (asked === undefined) return response;
  asked.isClosed = true;
  const { secret } = asked;
  if (secret === undefined) return response;
  const headers = merged({ "cache-control": "private, no-store" }, response.headers ?? {});
  const left = leftBy(response, request);
  if (secretsOf(left).includes(secret)) return { ...response, headers };
  return { ...response, headers, session: stepped(left, keeping(secret)) };
}

/** Whether a token was made for this session. */
export const isTokenOf = (token: string, session: Session | undefined): boolean =>
  secretsOf(session).some((secret) => unmasks(token, secret));

const missing = (): TypeError =>
  new TypeError(
    "antiForgeryToken: expected a request inside withAntiForgery({ token: true }). Write decorate(handler, withAntiForgery({ token: true }), withSession())",
  );

const tooLate = (): TypeError =>
  new TypeError(
    "antiForgeryToken: expected to be called before the response is there, as the session is saved then. Call it before the first piece of the body is made",
  );

function secretFor(request: Request): string {
  const asked = (request as Guarded)[desk];
  if (asked === undefined) throw missing();
  if (asked.isClosed && asked.secret === undefined) throw tooLate();
  asked.secret ??= secretsOf(request.session).at(-1) ?? newSecret();
  return asked.secret;
}

/**
 * A token for this visitor, to be sent as the header `x-csrf-token`; another text at each call. The session gets its
 * secret when the first token is asked for.
 *
 * `` html`<meta name="csrf-token" content="${antiForgeryToken(request)}">` ``
 *
 * @throws TypeError outside `withAntiForgery({ token: true })`, and for a first token after the response.
 */
export const antiForgeryToken = (request: Request): string => masked(secretFor(request));

/**
 * A hidden form field with a token: `` html`<form method="post">${antiForgeryField(request)} … </form>` ``
 *
 * @throws TypeError as `antiForgeryToken` does.
 */
export const antiForgeryField = (request: Request): Html =>
  html`<input type="hidden" name="${tokenField}" value="${antiForgeryToken(request)}">`;
