/** The headers by which browsers are told to be careful with what they get. */
import { around } from "../decorate.js";
import { checkNames, show, wrong } from "../errors.js";
import { type StrictTransportSecurity, strictTransport } from "../hsts.js";
import { merged, omitted } from "../map.js";
import { randomBytes } from "../random.js";
import { headerValue } from "../text/header.js";
import { kebab } from "../text/kebab.js";
import { formatPolicy, type Policy } from "../text/policy.js";
import type { Decorator, Request, Response, ResponseHeaders } from "../types.js";

const who = "withSecurityHeaders";

/** What these headers may say, the default first. */
const choices = {
  xContentTypeOptions: ["nosniff"],
  xFrameOptions: ["SAMEORIGIN", "DENY"],
  // Under "no-referrer" browsers send `origin: null` with forms, as if they came from another site.
  referrerPolicy: [
    "same-origin",
    "no-referrer",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "origin",
    "origin-when-cross-origin",
    "no-referrer-when-downgrade",
    "unsafe-url",
  ],
  crossOriginOpenerPolicy: [
    "same-origin",
    "same-origin-allow-popups",
    "noopener-allow-popups",
    "unsafe-none",
  ],
  crossOriginResourcePolicy: ["same-origin", "same-site", "cross-origin"],
  originAgentCluster: ["?1", "?0"],
} as const;

type Choices = typeof choices;
type Choice = keyof Choices;

const choosable = Object.keys(choices) as Choice[];

export type SecurityHeadersOptions = {
  readonly [Name in Choice]?: Choices[Name][number] | false | undefined;
} & {
  /** Directives in camelCase, merged over the defaults; false leaves one out, or the whole. */
  readonly contentSecurityPolicy?: Policy | false | undefined;
  /** Sent on https only. Default: a year, with the names below the host's. */
  readonly strictTransportSecurity?: StrictTransportSecurity | false | undefined;
  /** Default: no camera, screen, position, microphone, payment or USB. */
  readonly permissionsPolicy?: string | false | undefined;
};

/**
 * What comes from elsewhere must be named. Of what stands in the page itself, scripts and style elements need the
 * nonce; style attributes cannot have one, nor reach beyond their element.
 */
const defaultPolicy: Policy = {
  defaultSrc: "'self'",
  baseUri: "'self'",
  formAction: "'self'",
  frameAncestors: "'self'",
  imgSrc: "'self' data:",
  objectSrc: "'none'",
  scriptSrc: "'self' 'nonce'",
  scriptSrcAttr: "'none'",
  styleSrc: "'self' 'nonce'",
  styleSrcAttr: "'unsafe-inline'",
  upgradeInsecureRequests: [],
};

const defaultPermissions = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

function chosen(name: Choice, value: unknown): string | undefined {
  if (value === false) return undefined;
  const known: readonly unknown[] = choices[name];
  if (value === undefined) return known[0] as string;
  if (known.includes(value)) return value as string;
  throw wrong(who, `${known.map(show).join(", ")} or false as "${name}"`, value);
}

function permissions(value: string | false = defaultPermissions): string | undefined {
  return value === false ? undefined : headerValue(who, value);
}

type Scheme = "http" | "https";

/** On http, upgrading would break pages whose host has no https, such as those of localhost in Safari. */
function policyFor(scheme: Scheme, given: Policy | false = {}): string | undefined {
  if (given === false) return undefined;
  const policy = formatPolicy(who, given, defaultPolicy);
  return scheme === "https"
    ? policy
    : formatPolicy(who, { ...given, upgradeInsecureRequests: false }, defaultPolicy);
}

const csp = "content-security-policy";

/** What the responses of a scheme say; of a policy with nonces, what stands between them. */
type Sent = { readonly headers: ResponseHeaders; readonly pieces: readonly string[] };

function sentBy(scheme: Scheme, options: SecurityHeadersOptions): Sent {
  const { contentSecurityPolicy, strictTransportSecurity = {}, permissionsPolicy } = options;
  const policy = policyFor(scheme, contentSecurityPolicy);
  const hsts = strictTransport(who, strictTransportSecurity);
  const headers = {
    [csp]: policy,
    "strict-transport-security": scheme === "https" ? hsts : undefined,
    ...Object.fromEntries(choosable.map((name) => [kebab(name), chosen(name, options[name])])),
    "permissions-policy": permissions(permissionsPolicy),
  };
  const kept = Object.entries(headers).filter(([, value]) => value !== undefined && value !== "");
  return { headers: Object.fromEntries(kept) as ResponseHeaders, pieces: (policy ?? "").split("'nonce'") };
}

const hasNonce = ({ pieces }: Sent): boolean => pieces.length > 1;

/** Gives the request a nonce: 128 random bits in base64, as the CSP asks for at least. One that is there stays. */
export function securityHeadersRequest(request: Request): Request {
  if (request.nonce !== undefined) return request;
  const nonce = randomBytes(16).toString("base64");
  // A new key costs 2 µs on Node 20 where it comes after the spread.
  return "nonce" in request ? { ...request, nonce } : { nonce, ...request };
}

/** A page that the browser has already came with its nonces, and with the policy that allows them. */
function headersFor({ headers, pieces }: Sent, status: number, nonce: string): ResponseHeaders {
  if (status === 304) return omitted(headers, new Set([csp]));
  return { ...headers, [csp]: pieces.join(`'nonce-${nonce}'`) };
}

/** Adds the headers that the handler has not set. */
export function securityHeadersResponse(response: Response, { nonce }: Request, sent: Sent): Response {
  const headers = hasNonce(sent) ? headersFor(sent, response.status, nonce as string) : sent.headers;
  return { ...response, headers: merged(headers, response.headers) };
}

/**
 * Sends what is recommended today against injected scripts, framing, guessed types and telling too much; what the
 * handler sets itself goes before. Pages that write their scripts and styles into themselves show that they are
 * theirs by `request.nonce`.
 *
 * Each option is named as its header, and `false` leaves the header out:
 *
 * - `contentSecurityPolicy`: directives in camelCase, arrays of sources or text, merged over the defaults; `'nonce'`
 *   stands for the nonce of the request
 * - `strictTransportSecurity`, on https only: `{ maxAge = 31536000 (seconds), includeSubDomains = true, preload = false }`
 * - `xContentTypeOptions` ("nosniff"), `xFrameOptions` ("SAMEORIGIN"), `referrerPolicy` ("same-origin"),
 *   `crossOriginOpenerPolicy` ("same-origin"), `crossOriginResourcePolicy` ("same-origin"), `originAgentCluster` ("?1")
 * - `permissionsPolicy` (no camera, screen, position, microphone, payment or USB)
 *
 * ``decorate(GET("/", ({ nonce }) => html`<script nonce="${nonce}">…</script>`), withSecurityHeaders())``
 *
 * Source: the defaults of helmet; OWASP Secure Headers Project; https://www.w3.org/TR/CSP3/
 * @throws TypeError for values that browsers would pass over.
 */
export function withSecurityHeaders(options: SecurityHeadersOptions = {}): Decorator {
  const others = ["contentSecurityPolicy", "strictTransportSecurity", "permissionsPolicy"];
  checkNames(who, options, [...others, ...choosable]);
  const [http, https] = [sentBy("http", options), sentBy("https", options)];
  return around(hasNonce(https) ? securityHeadersRequest : undefined, (response, request) =>
    securityHeadersResponse(response, request, request.scheme === "https" ? https : http),
  );
}
