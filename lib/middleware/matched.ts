/** The request as handlers inside `routes` see it: with its parameters and cookies, and what has matched so far. */
import { empty } from "../lazy.js";
import type { Taken } from "../pattern.js";
import {
  type Cookies,
  noted,
  type Params,
  type RepeatedParams,
  type Request,
  type RouteParams,
  within,
} from "../types.js";
import { cookiesOf } from "./cookies.js";
import { paramsOf, queryOf, withRouteParams } from "./params.js";

type Parsed = {
  readonly queryParams: RepeatedParams;
  readonly formParams: RepeatedParams;
  readonly params: Params;
  readonly cookies: Cookies;
};

/** What is in every request inside `routes`, worked out when somebody looks. */
function parsedOf(request: Request): Parsed {
  const { queryParams = queryOf(request), formParams = empty, multipartParams } = request;
  const { params = paramsOf(queryParams, formParams, multipartParams) } = request;
  return { queryParams, formParams, params, cookies: cookiesOf(request) };
}

/** Route parameters of a context and of what is inside it; the inner ones win. */
export function mergedRouteParams(outer: RouteParams | undefined, inner: RouteParams): RouteParams {
  if (outer === undefined || outer === empty || Array.isArray(inner)) return inner;
  return inner === empty ? outer : Object.assign(Object.create(null), outer, inner);
}

/** Adds parameters and cookies, for a handler of any kind among routes. */
export const parsedRequest = (request: Request): Request => ({ ...request, ...parsedOf(request) });

/** Adds what a context has taken: the raw path before it, the rest, its parameters and its pattern. */
export function contextRequest(request: Request, pattern: string, end: number, found: Taken): Request {
  const { pathInfo = request.uri, context = "" } = request;
  const around = request[within];
  const { queryParams, formParams, params, cookies } = parsedOf(request);
  return {
    ...request,
    queryParams,
    formParams,
    params: withRouteParams(params, found),
    cookies,
    routeParams: mergedRouteParams(request.routeParams, found.params),
    context: context + pathInfo.slice(0, end),
    pathInfo: pathInfo.slice(end) || "/",
    [within]: { ...around, pattern: (around?.pattern ?? "") + pattern },
  };
}

/** Adds what a route knows, in one step: this is done for every request that matches. */
export function matchedRequest(request: Request, pattern: string, found: Taken): Request {
  const around = request[within];
  const { queryParams, formParams, params, cookies } = parsedOf(request);
  const seen = {
    ...request,
    queryParams,
    formParams,
    params: withRouteParams(params, found),
    cookies,
    routeParams: mergedRouteParams(request.routeParams, found.params),
    route: notedRoute(request, pattern),
  };
  return around === undefined ? seen : { ...seen, [within]: undefined };
}

/** The pattern with its contexts, noted for whoever stands around: "/" inside a context is the context itself. */
export function notedRoute(request: Request, pattern: string): string {
  const outer = request[within]?.pattern ?? "";
  const route = outer !== "" && pattern === "/" ? outer : outer + pattern;
  const notes = request[noted];
  if (notes !== undefined) notes.route = route;
  return route;
}
