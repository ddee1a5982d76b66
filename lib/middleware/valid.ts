/** Handlers that see a request only after schemas have checked it. */
import { then } from "../decorate.js";
import { checkNames, httpError, wrong } from "../errors.js";
import {
  isSchema,
  type OutputOf,
  pointerOf,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
} from "../standard-schema.js";
import { lastOf } from "../text/form.js";
import type { Awaitable, Params, RepeatedParams, Result, RouteRequest, Session } from "../types.js";
import { type Issue, unprocessable } from "../unprocessable.js";
import { saysJson } from "./json.js";
import { textFields } from "./params.js";

type Part = Issue["in"];

type Check = readonly [Part, StandardSchema];

/** A schema for each part of the request that is to be checked. */
export type Schemas = { readonly [Name in Part]?: StandardSchema };

/** A route's request with what the schemas made of its parts. */
export type ValidRequest<S, P, Given extends Schemas> = {
  readonly [Key in keyof RouteRequest<S, P> as Key extends keyof Given ? never : Key]: RouteRequest<
    S,
    P
  >[Key];
} & { readonly [Name in keyof Given]: Given[Name] extends StandardSchema ? OutputOf<Given[Name]> : unknown };

/** Libraries expect ordinary maps. `__proto__` is left out, as they may copy it by assignment. */
function ordinary(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(ordinary);
  const entries = Object.entries(value).filter(([name]) => name !== "__proto__");
  return Object.fromEntries(entries.map(([name, item]) => [name, ordinary(item)]));
}

/** The text of a form of either kind. */
const fieldsOf = ({ formParams, multipartParams }: RouteRequest): RepeatedParams => ({
  ...formParams,
  ...textFields(multipartParams),
});

function paramsOf({ params, nestedParams, routeParams }: RouteRequest): unknown {
  return nestedParams === undefined ? params : { ...nestedParams, ...lastOf(routeParams as RepeatedParams) };
}

const isEmpty = (body: RouteRequest["body"]): boolean =>
  body === undefined ||
  body === null ||
  ((typeof body === "string" || body instanceof Uint8Array) && body.length === 0);

function jsonOf(request: RouteRequest): unknown {
  if (request.json !== undefined || isEmpty(request.body)) return request.json;
  if (!saysJson(request)) {
    throw httpError(415, "JSON is expected", { headers: { accept: "application/json" } });
  }
  throw new TypeError(
    "valid: expected request.json, got a body that nobody has read. Put withJson() around the routes",
  );
}

const inputs: { readonly [Name in Part]: (request: RouteRequest) => unknown } = {
  params: (request) => ordinary(paramsOf(request)),
  query: ({ queryParams }) => ordinary(queryParams),
  form: (request) => ordinary(fieldsOf(request)),
  json: jsonOf,
};

/** What the schemas have made of the request so far, or null once one has refused it, and what they found wrong. */
type Verdict = {
  readonly values: { readonly [Name in Part]?: unknown } | null;
  readonly issues: readonly Issue[];
};

const innocent: Verdict = { values: {}, issues: [] };

/** The most issues of a part that are told: in a hostile list every item may be wrong. */
const maxIssues = 100;

/** The list of a library may be of a class of its own, so it is copied first. */
const issuesOf = (part: Part, found: readonly StandardIssue[]): readonly Issue[] =>
  [...found]
    .slice(0, maxIssues)
    .map((issue) => ({ in: part, path: pointerOf(issue), message: issue.message }));

const joined = ({ values, issues }: Verdict, part: Part, result: StandardResult<unknown>): Verdict =>
  result.issues
    ? { values: null, issues: [...issues, ...issuesOf(part, result.issues)] }
    : { values: values && { ...values, [part]: result.value }, issues };

/** One schema after the other, so that no promise of theirs fails unheard. */
const judged = (checks: readonly Check[], request: RouteRequest): Awaitable<Verdict> =>
  checks.reduce<Awaitable<Verdict>>(
    (verdict, [part, schema]) =>
      then(verdict, (before) =>
        then(schema["~standard"].validate(inputs[part](request)), (result) => joined(before, part, result)),
      ),
    innocent,
  );

function checksOf(schemas: Schemas): readonly Check[] {
  checkNames("valid", schemas, Object.keys(inputs));
  const checks = Object.entries(schemas);
  if (checks.length === 0) throw wrong("valid", "at least one schema, such as { form: schema }", schemas);
  for (const [part, schema] of checks) {
    if (!isSchema(schema)) {
      throw wrong("valid", `a Standard Schema, as of zod, valibot or arktype, as "${part}"`, schema);
    }
  }
  return checks as Check[];
}

/**
 * The body of a route whose handler sees only valid requests: what the schemas make of `params`, `query`, `form` and
 * `json` stands in the request under these names, and has their types. The schemas are Standard Schemas, of zod,
 * valibot, arktype and others; a request waits only for those that are async.
 *
 * - `params`: gets the merged parameters, under `withNestedParams` the nested ones with those of the route
 * - `query`: gets `queryParams`
 * - `form`: gets `formParams` and the text of a multipart form
 * - `json`: gets `request.json`, so `withJson` is to be around
 *
 * What is not valid is 422 with all issues, `{ in, path, message }` each, at most 100 of a part: as problem details
 * (RFC 9457); to a client that prefers HTML on a page; to one that has sent a form, and has a session, by a way back
 * to the form, with `{ issues, values }` as flash. Values of fields such as `password` or `token` are not kept.
 *
 * `POST("/sign", valid({ form: z.object({ name: z.string().min(1) }) }, ({ form }) => html`Hello ${form.name}`))`
 *
 * Errors: 415 where `json` is checked and the body is of another type.
 * @throws TypeError for what is no schema, and, when it is called, for a body of JSON without `withJson`.
 */
export function valid<const Given extends Schemas, S = Session, P = Params>(
  schemas: Given,
  handler: (request: ValidRequest<S, P, Given>) => Result<S>,
): (request: RouteRequest<S, P>) => Result<S> {
  const checks = checksOf(schemas);
  if (typeof handler !== "function") throw wrong("valid", "a handler (a function) second", handler);
  const answer = (request: RouteRequest, { values, issues }: Verdict): Result<S> =>
    values === null
      ? (unprocessable(request, issues, fieldsOf(request)) as Result<S>)
      : handler({ ...request, ...values } as ValidRequest<S, P, Given>);
  return (request) =>
    then(judged(checks, request as RouteRequest), (verdict) => answer(request as RouteRequest, verdict));
}
