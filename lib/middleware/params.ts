/** Parameters of the query and of an urlencoded form. Source: Ring, ring/middleware/params.clj. */
import { formLimit, formRequest } from "../body.js";
import { around, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { empty, lazy } from "../lazy.js";
import type { Taken } from "../pattern.js";
import { whole } from "../request.js";
import { lastOf, parseForm } from "../text/form.js";
import type { Awaitable, Decorator, Params, RepeatedParams, Request } from "../types.js";

export type ParamsOptions = {
  /** The most bytes that a form may have; 1 MiB. */
  readonly limit?: number | undefined;
};

const isText = (value: unknown): boolean =>
  typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string"));

/** The text fields of a multipart form; its files stand in `multipartParams` only. */
export const textFields = (params: Request["multipartParams"]): RepeatedParams =>
  Object.fromEntries(Object.entries(params ?? {}).filter(([, value]) => isText(value))) as RepeatedParams;

/** The parameters of the query, parsed when somebody looks. */
export const queryOf = ({ queryString }: Request): RepeatedParams =>
  queryString === undefined || queryString === "" ? empty : lazy(parseForm, queryString);

type ParamMaps = readonly (RepeatedParams | Params)[];

const merged = (maps: ParamMaps): Params =>
  Object.assign(Object.create(null), ...maps.map((map) => (map === empty ? undefined : lastOf(map))));

/** Query and form as one map, text only: the form wins, and of a repeated name the last. */
export function paramsOf(
  queryParams: RepeatedParams,
  formParams: RepeatedParams,
  multipartParams: Request["multipartParams"],
): Params {
  const none = queryParams === empty && formParams === empty && multipartParams === undefined;
  return none ? empty : lazy(merged, [queryParams, formParams, textFields(multipartParams)]);
}

/** Adds `queryParams`, `formParams` and `params` to a request whose form has been read. */
export function parsed(request: Request): Request {
  if (request.params !== undefined) return request;
  const { formParams = empty, queryParams = queryOf(request), multipartParams } = request;
  return { ...request, queryParams, formParams, params: paramsOf(queryParams, formParams, multipartParams) };
}

/** Merges parameters over those that are there. */
export function mergedParams(params: Params, over: Taken["params"]): Params {
  return over === empty ? params : lazy(merged, [params, over as RepeatedParams]);
}

/** Merges what a pattern found over the parameters that are there. */
export const withRouteParams = (params: Params, found: Taken): Params =>
  params === empty && found.isText ? (found.params as Params) : mergedParams(params, found.params);

/** Reads an urlencoded form and adds `queryParams`, `formParams` and `params`. */
export const paramsRequest = (
  request: Request,
  { limit = formLimit }: ParamsOptions = {},
): Awaitable<Request> => then(formRequest(whole(request), limit), parsed);

/**
 * Adds the parameters of the query and of an urlencoded form: `params` (text; of a repeated name the last),
 * `queryParams` and `formParams` (a repeated name gives an array). Routes do this by themselves; it is for
 * decorators that need them before.
 *
 * Options: `limit`, the most bytes of a form (1 MiB). Errors: 413 past the limit, 415 for another charset than
 * UTF-8, 400 for a malformed escape.
 *
 * `decorate(app, withParams())`
 */
export function withParams(options: ParamsOptions = {}): Decorator {
  checkNames("withParams", options, ["limit"]);
  const { limit = formLimit } = options;
  if (!Number.isInteger(limit) || limit < 0) throw wrong("withParams", 'a number of bytes as "limit"', limit);
  return around((request) => paramsRequest(request, { limit }));
}
