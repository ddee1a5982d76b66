/**
 * Routes: handlers that answer one method and path pattern, alone, in groups and under prefixes.
 *
 * Source: Compojure 0.3, compojure/http/routes.clj; `context` as in Compojure 1.x.
 */
import { formRequest } from "./body.js";
import { isConstant, renderer } from "./constant.js";
import { isPromise, then } from "./decorate.js";
import { answers, type Entry, firstAnswer } from "./dispatch/table.js";
import { indexed } from "./dispatch.js";
import { wrong } from "./errors.js";
import { headResponse } from "./middleware/head.js";
import { contextRequest, matchedRequest, notedRoute, parsedRequest } from "./middleware/matched.js";
import { methodRequest } from "./middleware/method.js";
import { anyShape, type Compiled, compile, normal, type PathParams, subjectOf } from "./pattern.js";
import { pathOf, whole } from "./request.js";
import {
  type Awaitable,
  type Handler,
  type Params,
  type PlainUpdate,
  type Request,
  type Response,
  type Result,
  type RouteRequest,
  type Session,
  within,
} from "./types.js";

/** The tables of the handlers made here, so that groups within groups become one. */
const tables = new WeakMap<Handler, readonly Entry[]>();

/** Everything that must be known before a route is looked for: a form can name another method. */
const prepared = (request: Request): Awaitable<Request> =>
  request.body === undefined
    ? methodRequest(whole(request))
    : then(formRequest(whole(request)), methodRequest);

/** A handler that tries a table in its order. The index waits for a request: a table within another gets none. */
function tableHandler(entries: readonly Entry[]): Handler {
  let find: ReturnType<typeof indexed<Entry>> | undefined;
  const dispatch = (request: Request): Awaitable<Response | null> => {
    find ??= indexed(joined(entries));
    const path = normal(pathOf(request));
    return firstAnswer(find(path), 0, request, path);
  };
  const handler: Handler = (request) => {
    const ready = prepared(request);
    return isPromise(ready) ? ready.then((ready) => dispatch(ready as Request)) : dispatch(ready);
  };
  tables.set(handler, entries);
  return handler;
}

/** What a pattern is matched against; most want the path alone, which is at hand. */
const subject = (compiled: Compiled, request: Request, path: string): string =>
  compiled.about === "path" ? path : subjectOf(request, compiled);

/** What a route's function returns, or its constant, as a response to this request. */
export type Body<S, P> = PlainUpdate<S> | ((request: RouteRequest<S, P>) => Result<S>);

/** The parameters of a path, by name where it is a literal. */
export type ParamsOf<Path> = Path extends string ? PathParams<Path> : Params;

/** Makes a route of a path pattern and a body: an update, or a function of the request giving one. */
export type RouteBuilder<S = Session> = <const Path extends string | RegExp>(
  path: Path,
  body: Body<S, ParamsOf<Path>>,
) => Handler;

function routeEntry(method: string, path: string | RegExp, body: unknown): Entry {
  const compiled = compile(path, "whole");
  const answer = renderer(body as Result);
  const looksAtNothing = isConstant(body);
  const respond: Handler = (request) => {
    const response = answer(request);
    return request.method === "HEAD" && method === "GET" ? then(response, headResponse) : response;
  };
  return {
    shape: compiled.shape,
    attempt(request, path) {
      if (!answers(method, request.method)) return null;
      const found = compiled.match(subject(compiled, request, path));
      if (found === null) return null;
      const run = request[within]?.run;
      if (looksAtNothing && run === undefined) {
        notedRoute(request, compiled.source);
        return respond(request);
      }
      const seen = matchedRequest(request, compiled.source, found);
      return run === undefined ? respond(seen) : run(seen, respond);
    },
    methodAt: (request, path) =>
      compiled.match(subject(compiled, request, path)) === null ? undefined : method,
  };
}

const builder =
  (method: string): RouteBuilder =>
  (path, body) => {
    if (typeof path !== "string" && !(path instanceof RegExp)) {
      throw wrong(method, "a path pattern first", path, `${method}("/user/:id", ({ params }) => …)`);
    }
    if (body === undefined) {
      throw wrong(
        method,
        "a body second: an update, or a function of the request",
        body,
        `${method}("${path}", "Hello")`,
      );
    }
    return tableHandler([routeEntry(method, path, body)]);
  };

/**
 * Routes for one method: `GET("/user/:id", ({ params }) => `Hello ${params.id}`)`. The body is an update, or a
 * function of the request giving an update or a promise of one; null or `next` passes the request on. GET routes
 * answer HEAD too, without the body.
 *
 * @throws TypeError for a pattern that cannot be read.
 */
export const GET: RouteBuilder = builder("GET");
/** A route for POST, as `GET` makes them. */
export const POST: RouteBuilder = builder("POST");
/** A route for PUT, as `GET` makes them. */
export const PUT: RouteBuilder = builder("PUT");
/** A route for PATCH, as `GET` makes them. */
export const PATCH: RouteBuilder = builder("PATCH");
/** A route for DELETE, as `GET` makes them. */
export const DELETE: RouteBuilder = builder("DELETE");
/** A route for HEAD, where it is to be answered otherwise than by the GET route behind it. */
export const HEAD: RouteBuilder = builder("HEAD");
/** A route for OPTIONS, where the standard answer (204 with `allow`) will not do. */
export const OPTIONS: RouteBuilder = builder("OPTIONS");
/** A route for every method: `ANY("*", pageNotFound())`. */
export const ANY: RouteBuilder = builder("ANY");

/** Handlers, and arrays of them. */
export type Handlers = readonly (Handler | Handlers)[];

function entriesOf(who: string, handlers: Handlers): readonly Entry[] {
  return handlers.flatMap((handler): readonly Entry[] => {
    if (typeof handler !== "function") {
      if (Array.isArray(handler)) return entriesOf(who, handler);
      throw wrong(who, "handlers (functions) and arrays of them", handler);
    }
    return (
      tables.get(handler) ?? [{ shape: anyShape, attempt: (request) => handler(parsedRequest(request)) }]
    );
  });
}

/**
 * The first handler that does not answer null, in the order in which they are written; arrays are flattened.
 *
 * `routes(GET("/", "Hello"), context("/admin", adminRoutes), ANY("*", pageNotFound()))`
 */
export const routes = (...handlers: Handlers): Handler => tableHandler(entriesOf("routes", handlers));

/**
 * Handlers under a prefix, matched by whole segments; inside, patterns match the rest of the path. The parameters
 * of the prefix are merged in.
 *
 * `context("/user/:id", GET("/", showUser), GET("/edit", editUser))`
 */
export const context = (path: string | RegExp, ...handlers: Handlers): Handler =>
  tableHandler([contextEntry(path, entriesOf("context", handlers))]);

function contextEntry(path: string | RegExp, inside: readonly Entry[]): Entry {
  const compiled = compile(path, "prefix");
  const handler = tableHandler(inside);
  return {
    shape: compiled.shape,
    context: { path, inside },
    attempt(request, path) {
      const text = subject(compiled, request, path);
      const found = compiled.match(text);
      if (found === null) return null;
      const end = rawEnd(request, path, found.end - (text.length - path.length));
      return handler(contextRequest(request, compiled.source, end, found));
    },
  };
}

/** Contexts of one path that stand side by side become one, so that one index is over all that is in them. */
function joined(entries: readonly Entry[]): readonly Entry[] {
  const runs: [Entry, ...Entry[]][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (entry.context !== undefined && entry.context.path === run?.[0].context?.path) run.push(entry);
    else runs.push([entry]);
  }
  return runs.map(([first, ...more]) => {
    if (first.context === undefined || more.length === 0) return first;
    return contextEntry(
      first.context.path,
      [first, ...more].flatMap(({ context }) => context?.inside ?? []),
    );
  });
}

/** Where a prefix ends in the path as it came; the encoded form of it has the same slashes. */
function rawEnd(request: Request, path: string, end: number): number {
  const raw = pathOf(request);
  if (raw === path) return end;
  const slashes = path.slice(0, end).split("/").length - 1;
  const before = raw.split("/", slashes + 1);
  return before.join("/").length;
}
