/** Parameters whose names have brackets. Source: Ring, ring/middleware/nested_params.clj. */
import { around, then } from "../decorate.js";
import { checkNames, httpError, wrong } from "../errors.js";
import { empty } from "../lazy.js";
import { nest } from "../text/nested.js";
import type { Awaitable, Decorator, NestedParams, RepeatedParams, Request } from "../types.js";
import { paramsRequest, textFields } from "./params.js";

export type NestedParamsOptions = {
  /** The most brackets of a name, at most 100; 5. */
  readonly maxDepth?: number | undefined;
  /** The most parameters of query and form; 1000. */
  readonly maxParams?: number | undefined;
};

/** Maps are made and looked at by recursion. */
const deepest = 100;

type Limits = { readonly maxDepth: number; readonly maxParams: number };

const countOf = (params: RepeatedParams): number => Object.values(params).flat().length;

/** A name at the top has what the form says of it, or else the query: the two are not mixed. */
function nestedOf(request: Request, { maxDepth, maxParams }: Limits): NestedParams {
  const { queryParams = empty, formParams = empty, multipartParams } = request;
  if (queryParams === empty && formParams === empty && multipartParams === undefined) return empty;
  const parts = [queryParams, formParams, textFields(multipartParams)];
  if (parts.reduce((count, params) => count + countOf(params), 0) > maxParams) {
    throw httpError(400, `There are more than ${maxParams} parameters`);
  }
  return Object.assign(Object.create(null), ...parts.map((params) => nest(params, maxDepth)));
}

/** Reads an urlencoded form and adds `nestedParams`, and what `withParams` adds. */
export const nestedParamsRequest = (
  request: Request,
  { maxDepth = 5, maxParams = 1000 }: NestedParamsOptions = {},
): Awaitable<Request> =>
  request.nestedParams !== undefined
    ? request
    : then(paramsRequest(request), (seen) => ({
        ...seen,
        nestedParams: nestedOf(seen, { maxDepth, maxParams }),
      }));

/**
 * Adds `nestedParams`: the parameters of query and form, with the names `user[name]` as maps and `tags[]` as lists.
 * `params` stays a map of text. Each `rows[][x]` is a map of its own; a name whose brackets do not fit together is
 * an ordinary one; of a repeated name without `[]` the last counts, and the form wins over the query.
 *
 * Options:
 * - `maxDepth`: the most brackets of a name, at most 100 (5)
 * - `maxParams`: the most parameters of query and form together (1000)
 *
 * `decorate(app, withNestedParams())`
 *
 * Errors: 400 past a limit, and where a name stands for two kinds of things (`a=1&a[b]=2`); those of `withParams`.
 * @throws TypeError for an option that is wrong or unknown.
 */
export function withNestedParams(options: NestedParamsOptions = {}): Decorator {
  checkNames("withNestedParams", options, ["maxDepth", "maxParams"]);
  const { maxDepth = 5, maxParams = 1000 } = options;
  if (!Number.isInteger(maxDepth) || maxDepth < 0 || maxDepth > deepest) {
    throw wrong("withNestedParams", `a whole number from 0 to ${deepest} as "maxDepth"`, maxDepth);
  }
  if (!Number.isSafeInteger(maxParams) || maxParams < 0) {
    throw wrong("withNestedParams", 'a whole number from 0 as "maxParams"', maxParams);
  }
  return around((request) => nestedParamsRequest(request, { maxDepth, maxParams }));
}
