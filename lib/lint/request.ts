/** The request map as the contract has it. */
import { isBody } from "../bodies.js";
import { wrong } from "../errors.js";
import type { Request } from "../types.js";
import { checkFields, checkKey, isMap, isText, isTextOrTexts, maybe, type Rule } from "./values.js";

const who = "withLint, request";
const hint = "A decorator around withLint made it so, or whoever called it";

const isPath = (value: unknown): boolean => isText(value) && /^\/[^?#\s]*$/.test(value);

/** Of a lazy map that cannot be parsed there are none: that is the client's fault, and whoever looks is told. */
function valuesOf(map: object): readonly unknown[] {
  try {
    return Object.values(map);
  } catch {
    return [];
  }
}

const mapOf = (holds: (value: unknown) => boolean) => (value: unknown) =>
  isMap(value) && valuesOf(value).every((value) => value === undefined || holds(value));

const isRouteParams = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every((item) => item === undefined || isText(item))
    : mapOf(isTextOrTexts)(value);

const isPort = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65535;

const text: Rule = ["text", isText];
const frozenMap: Rule = ["a frozen map", (value) => isMap(value) && Object.isFrozen(value)];
const textsByName: Rule = ["a map of text, or of arrays of text", mapOf(isTextOrTexts)];

const rules: { readonly [key: string]: Rule } = {
  method: [
    'a method in upper case such as "GET"',
    (value) => isText(value) && /^[!#$%&'*+\-.^_`|~0-9A-Z]+$/.test(value),
  ],
  uri: maybe(['a path that begins with "/" and has no query', isPath]),
  queryString: maybe(["a query", (value) => isText(value) && !/[#\s]/.test(value)]),
  headers: maybe(["a map", isMap]),
  scheme: maybe(['"http" or "https"', (value) => value === "http" || value === "https"]),
  protocol: maybe([
    'a protocol such as "HTTP/1.1"',
    (value) => isText(value) && /^HTTP\/\d(?:\.\d)?$/.test(value),
  ]),
  serverName: maybe(text),
  serverPort: maybe(["a port from 0 to 65535", isPort]),
  remoteAddr: maybe(text),
  body: maybe(["a stream, text, bytes or an iterable", (value) => isText(value) || isBody(value)]),
  signal: maybe(["an AbortSignal", (value) => value instanceof AbortSignal]),
  raw: maybe(["a map of req and res", (value) => isMap(value) && "req" in value && "res" in value]),
  params: maybe(["a map of text", mapOf(isText)]),
  queryParams: maybe(textsByName),
  formParams: maybe(textsByName),
  multipartParams: maybe(["a map", isMap]),
  routeParams: maybe(["a map of text, or the groups of an expression", isRouteParams]),
  cookies: maybe(["a map of text", mapOf(isText)]),
  session: maybe(frozenMap),
  flash: maybe(frozenMap),
  route: maybe(text),
  context: maybe(text),
  pathInfo: maybe(['a path that begins with "/"', isPath]),
};

/**
 * Checks a request map, and gives it back.
 *
 * @throws TypeError that says which key, what was expected and what it is.
 */
export function lintRequest(request: Request): Request {
  if (!isMap(request)) throw wrong(who, "a request map", request, hint);
  for (const [key, rule] of Object.entries(rules)) checkKey(who, request, key, rule, hint);
  checkFields(who, request.headers ?? {}, maybe(text), hint);
  return request;
}

/** Refuses a handler that has changed the request; `before` is a copy of it. */
export function lintUnchanged(request: Request, before: Request): void {
  for (const key of Object.keys({ ...before, ...request })) {
    if (!Object.is(request[key], before[key])) {
      const hint = `Derive another one: { ...request, ${key}: … }`;
      throw wrong(who, `the handler to leave "${key}" as it was`, request[key], hint);
    }
  }
}
