import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorateRoutes } from "../lib/decorate-routes.js";
import { context, GET, routes } from "../lib/routes.js";
import type { Handler, Request, Response } from "../lib/types.js";

const get = (uri: string): Request => ({ method: "GET", uri, headers: {} });
const bodyOf = (handler: Handler, request: Request) => (handler(request) as Response | null)?.body;

test("decorators of a group run only once a route inside has matched, and are applied once", () => {
  const log: unknown[] = [];
  const logged = (name: string) => (handler: Handler) => {
    log.push(`applied ${name}`);
    return (request: Request) => {
      log.push([name, request.route, { ...request.params }]);
      return handler(request);
    };
  };
  const app = routes(
    context(
      "/a/:id",
      decorateRoutes(
        routes(
          GET("/b", "b"),
          GET("/d", () => null),
        ),
        logged("in"),
        logged("out"),
      ),
    ),
    GET("/c", "c"),
  );
  assert.is(bodyOf(app, get("/c")), "c");
  assert.is(app(get("/a/1/x")), null);
  assert.equal(log.splice(0), ["applied in", "applied out"]);
  assert.is(bodyOf(app, get("/a/1/b")), "b");
  const params = { id: "1" };
  assert.equal(log.splice(0), [
    ["out", "/a/:id/b", params],
    ["in", "/a/:id/b", params],
  ]);
  assert.is(app(get("/a/1/d")), null);
});

test("decorated groups stand in decorated groups, the outer one outermost", () => {
  const mark = (name: string) => (handler: Handler) => (request: Request) =>
    handler({ ...request, marks: `${request.marks ?? ""}${name}` });
  const app = decorateRoutes(
    decorateRoutes(
      GET("/:x", ({ marks, params }) => `${marks}${params.x}`),
      mark("b"),
    ),
    mark("a"),
  );
  assert.is(bodyOf(app, get("/1")), "ab1");
});

test("a decorator that passes on another request is told so", () => {
  const app = decorateRoutes(GET("/", "x"), (handler) => () => handler(get("/")));
  assert.throws(
    () => app(get("/")),
    /decorateRoutes: expected its decorators to pass on the request they got/,
  );
});

test.run();
