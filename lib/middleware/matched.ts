/** The request as the function of a route sees it: with its parameters, its cookies and the pattern that matched. */
import { empty, lazy } from "../lazy.js";
import { headerOf } from "../request.js";
import { parseCookies } from "../text/cookie.js";
import { type Request, type RouteParams, within } from "../types.js";
import { paramsOf, queryOf, withRouteParams } from "./params.js";

/** Route parameters of a context and of what is inside it; the inner ones win. */
export function mergedRouteParams(outer: RouteParams, inner: RouteParams): RouteParams {
  if (outer === empty || Array.isArray(inner)) return inner;
  return inner === empty ? outer : Object.assign(Object.create(null), outer, inner);
}

/** Adds what a route knows, in one step: this is done for every request that matches. */
export function matchedRequest(request: Request, pattern: string, found: RouteParams): Request {
  const around = request[within];
  const routeParams =
    request.routeParams === undefined ? found : mergedRouteParams(request.routeParams, found);
  const queryParams = request.queryParams ?? queryOf(request);
  const formParams = request.formParams ?? empty;
  const params = request.params ?? paramsOf(queryParams, formParams, request.multipartParams);
  const seen = {
    ...request,
    queryParams,
    formParams,
    params: withRouteParams(params, routeParams),
    cookies: request.cookies ?? lazy(() => parseCookies(headerOf(request, "cookie"))),
    routeParams,
    route: around === undefined ? pattern : routeOf(around.pattern, pattern),
  };
  return around === undefined ? seen : { ...seen, [within]: undefined };
}

/** The pattern with its contexts: "/" inside a context is the context itself. */
const routeOf = (outer: string, pattern: string): string =>
  outer !== "" && pattern === "/" ? outer : outer + pattern;
