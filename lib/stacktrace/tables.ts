/** What there is to know of a request, without its secrets. */
import { noted, type Request } from "../types.js";

export type Row = readonly [name: string, value: string];
export type Table = { readonly title: string; readonly rows: readonly Row[] };

export const hidden = "[hidden]";

/** Names of what is nobody's business: rather too many than one too few. */
const secretName =
  /pass|pwd|secret|token|auth(?!ors?$)|cookie|session|csrf|xsrf|key|credential|signature|jwt|card|cvc|cvv|(?:^|[^a-z])(?:sid|otp|pin|code)(?:$|[^a-z])/i;

/** Credentials under a name of somebody's own: RFC 9110 section 11.4, RFC 7519. */
const secretValue = /^(?:basic|bearer|digest|negotiate) |^eyJ/i;

const longest = 1000;

const shortened = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** The query of the page before may hold secrets, too. */
const withoutQuery = (name: string, text: string): string =>
  name === "referer" ? text.replace(/\?.*/s, `?${hidden}`) : text;

function shown(name: string, value: unknown): string {
  const text = [value].flat().join(", ");
  return secretName.test(name) || secretValue.test(text) ? hidden : shortened(withoutQuery(name, text));
}

const open = (map: object | undefined): readonly Row[] =>
  Object.entries(map ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, shown(name, value)]);

const namesOnly = (map: object | undefined): readonly Row[] =>
  Object.keys(map ?? {}).map((name) => [name, hidden]);

/** Maps are parsed when they are looked at, which may fail. */
function table(title: string, rows: () => readonly Row[]): Table {
  try {
    return { title, rows: rows() };
  } catch {
    return { title, rows: [["", "[malformed]"]] };
  }
}

/** The request in tables, but for those that would be empty; of cookies and the session only the names. */
export const tablesOf = (request: Request): readonly Table[] =>
  [
    table("Request", () =>
      open({ method: request.method, uri: request.uri, route: request.route ?? request[noted]?.route }),
    ),
    table("Query", () => open(request.queryParams)),
    table("Form", () => open(request.formParams)),
    table("Route parameters", () => open(request.routeParams)),
    table("Headers", () => open(request.headers)),
    table("Cookies", () => namesOnly(request.cookies)),
    table("Session", () => namesOnly(request.session)),
  ].filter(({ rows }) => rows.length > 0);
