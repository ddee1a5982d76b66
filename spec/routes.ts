import { Readable } from "node:stream";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../lib/decorate.js";
import { decorateRoutes } from "../lib/decorate-routes.js";
import { pattern } from "../lib/pattern.js";
import { json } from "../lib/response.js";
import { ANY, context, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, routes } from "../lib/routes.js";
import { type Handler, type Notes, next, noted, type Request, type Response } from "../lib/types.js";

const get = (uri: string, more: Partial<Request> = {}): Request => ({
  method: "GET",
  uri,
  headers: {},
  ...more,
});
const form = (text: string, more: Partial<Request> = {}): Request => ({
  method: "POST",
  uri: "/",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: text,
  ...more,
});
const bodyOf = (handler: Handler, request: Request) => (handler(request) as Response | null)?.body;
const dataOf = (handler: Handler, request: Request) => JSON.parse(String(bodyOf(handler, request)));
const seen =
  (...keys: string[]) =>
  (request: Request) =>
    json(Object.fromEntries(keys.map((key) => [key, request[key]])));

test("a route answers its method and path, and nothing else", () => {
  const builders = { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS };
  for (const [method, build] of Object.entries(builders)) {
    const route = build("/a", method);
    assert.is(bodyOf(route, { method, uri: "/a", headers: {} }), method);
    assert.is(route({ method, uri: "/b", headers: {} }), null);
    assert.is(route({ method: "TRACE", uri: "/a", headers: {} }), null);
    assert.is(bodyOf(ANY("/a", "any"), { method, uri: "/a", headers: {} }), "any");
  }
});

test("the first that does not answer null wins, in written order", () => {
  const app = routes(
    GET("/a", () => null),
    GET("/a", () => next),
    GET("/:x", "word"),
    GET("/a", "late"),
  );
  assert.is(bodyOf(app, get("/a")), "word");
});

test("arrays of handlers are flattened, and groups stand in groups", () => {
  const app = routes([GET("/a", "a"), [GET("/b", "b")]], routes(GET("/c", "c")), () => null);
  assert.equal(
    ["/a", "/b", "/c", "/d"].map((uri) => bodyOf(app, get(uri))),
    ["a", "b", "c", undefined],
  );
});

test("any handler may stand among routes, also one that answers undefined or later", async () => {
  const app = routes(
    (() => undefined) as never,
    async () => null,
    (request) => (request.uri === "/own" ? { status: 200, headers: {}, body: "own" } : null),
    GET("/a", "a"),
  );
  assert.is((await app(get("/own")))?.body, "own");
  assert.is((await app(get("/a")))?.body, "a");
  assert.is(await app(get("/b")), null);
});

test("what is no handler or path is refused when it is written", () => {
  assert.throws(
    () => routes({} as never),
    /routes: expected handlers \(functions\) and arrays of them, got \{\}/,
  );
  assert.throws(() => context("/a", "x" as never), /context: expected handlers/);
  assert.throws(() => GET(5 as never, "x"), /GET: expected a path pattern first, got 5/);
  assert.throws(
    () => (GET as (path: string) => Handler)("/a"),
    /GET: expected a body second: .* got undefined\. GET\("\/a"/,
  );
});

test("a route knows parameters, cookies and the pattern that matched, without any decorator", () => {
  const app = GET(
    "/user/:id",
    seen("params", "routeParams", "queryParams", "formParams", "cookies", "route"),
  );
  const request = get("/user/4%2F2", { queryString: "id=9&tag=a&tag=b&flag", headers: { cookie: "c=%20x" } });
  assert.equal(dataOf(app, request), {
    params: { id: "4/2", tag: "b", flag: "" },
    routeParams: { id: "4/2" },
    queryParams: { id: "9", tag: ["a", "b"], flag: "" },
    formParams: {},
    cookies: { c: " x" },
    route: "/user/:id",
  });
});

test("route parameters win over the form, the form over the query", () => {
  const request = form("a=form&b=form&c=form", {
    uri: "/x/route",
    queryString: "a=query&b=query&d=query&c=query",
  });
  assert.equal(dataOf(POST("/x/:a", seen("params")), request).params, {
    a: "route",
    b: "form",
    c: "form",
    d: "query",
  });
});

test("params hold text only: of a repeated name the last", () => {
  assert.equal(dataOf(GET("/:a/:a", seen("params", "routeParams")), get("/x/y")), {
    params: { a: "y" },
    routeParams: { a: ["x", "y"] },
  });
});

test("maps of parameters and cookies have no prototype", () => {
  const app = GET("/:id", ({ params, cookies, queryParams, routeParams, formParams }) => {
    const maps = [params, cookies, queryParams, routeParams, formParams];
    return json(
      maps.map((map) => [Object.getPrototypeOf(map), (map as { toString?: unknown }).toString ?? null]),
    );
  });
  const nothing = [null, null];
  assert.equal(dataOf(app, get("/x")), Array(5).fill(nothing));
  assert.equal(
    dataOf(app, get("/x", { queryString: "a=1", headers: { cookie: "a=1" } })),
    Array(5).fill(nothing),
  );
});

test("a malformed query is 400 when it is read, and not before", () => {
  const request = get("/", { queryString: "a=%zz" });
  assert.is(bodyOf(GET("/", "fine"), request), "fine");
  assert.throws(
    () => GET("/", ({ params }) => params.a)(request),
    (error: { status?: number }) => error.status === 400,
  );
});

test("a malformed escape in a parameter of the path is 400", () => {
  assert.throws(
    () => GET("/:id", "x")(get("/%zz")),
    (error: { status?: number }) => error.status === 400,
  );
});

test("a form is read before routes are tried, at once where it is at hand", async () => {
  assert.equal(dataOf(POST("/", seen("params")), form("name=Ada+L&x=%26")), {
    params: { name: "Ada L", x: "&" },
  });
  const streamed = POST(
    "/",
    seen("formParams"),
  )(form("", { body: Readable.from([Buffer.from("a=1&"), Buffer.from("a=2")]) }));
  assert.instance(streamed, Promise);
  assert.is((await streamed)?.body, '{"formParams":{"a":["1","2"]}}');
});

test("a body that was read is there as bytes, so that an app mounted inside can parse it again", async () => {
  const inner = routes(POST("/", ({ params }) => params.a ?? "none"));
  const outer = POST(
    "/",
    (request) => inner({ ...request, params: undefined, formParams: undefined }) as never,
  );
  assert.is((await outer(form("", { body: Readable.from(["a=1"]) })))?.body, "1");
});

test("two groups beside each other read the same stream once", async () => {
  const [a, b] = [routes(POST("/a", "a")), routes(POST("/b", ({ params }) => params.x ?? ""))];
  const request = form("", { uri: "/b", body: Readable.from(["x=1"]) });
  assert.is((await a(request)) ?? (await b(request))?.body, "1");
});

test("a form that is too large is 413, in another charset 415", async () => {
  const large = form("", { body: Readable.from([Buffer.alloc(600_000), Buffer.alloc(600_000)]) });
  const statusOf = async (request: Request) => {
    try {
      return (await POST("/", "x")(request))?.status;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
  assert.is(await statusOf(large), 413);
  assert.is(await statusOf(form("x".repeat(1024 * 1024 + 1))), 413);
  assert.is(await statusOf(form("x".repeat(1024 * 1024))), 200);
  const latin = { "content-type": "application/x-www-form-urlencoded; charset=ISO-8859-1" };
  assert.is(await statusOf(form("a=1", { headers: latin })), 415);
  assert.is(await statusOf(form("a=%zz")), 400);
});

test("_method in the form of a POST is its method: PUT, PATCH or DELETE, name without case", () => {
  const app = routes(
    PUT("/", ({ method }) => method),
    DELETE("/", "deleted"),
    POST("/", "posted"),
    GET("/", "got"),
  );
  assert.is(bodyOf(app, form("_method=put")), "PUT");
  assert.is(bodyOf(app, form("_method=DELETE")), "deleted");
  assert.is(bodyOf(app, form("_method=GET")), "posted");
  assert.is(bodyOf(app, form("_method=put&_method=delete")), "posted");
  assert.is(bodyOf(app, form("_method=put", { method: "PUT" })), "PUT");
});

test("GET answers HEAD without the body and with its length and type; the method stays HEAD", () => {
  const app = routes(
    GET("/a", ({ method }) => method),
    HEAD("/b", "never sent"),
    GET("/c", () => new Blob(["four"])),
  );
  assert.equal(app({ method: "HEAD", uri: "/a", headers: {} }), {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "content-length": "4" },
    body: null,
  });
  assert.is((app({ method: "HEAD", uri: "/c", headers: {} }) as Response).headers["content-length"], "4");
});

test("a context puts handlers under a prefix, by whole segments, and merges its parameters in", () => {
  const app = routes(
    context(
      "/shop/:shop",
      GET("/", seen("params", "route", "context", "pathInfo", "uri")),
      context("/item", GET("/:item", seen("params", "routeParams", "route", "context", "pathInfo"))),
    ),
    ANY("*", "rest"),
  );
  const root = { params: { shop: "a" }, route: "/shop/:shop", context: "/shop/a", pathInfo: "/" };
  assert.equal(dataOf(app, get("/shop/a")), { ...root, uri: "/shop/a" });
  assert.equal(dataOf(app, get("/shop/a/")), { ...root, uri: "/shop/a/" });
  assert.equal(dataOf(app, get("/shop/a/item/caf%C3%A9")), {
    params: { shop: "a", item: "café" },
    routeParams: { shop: "a", item: "café" },
    route: "/shop/:shop/item/:item",
    context: "/shop/a/item",
    pathInfo: "/caf%C3%A9",
  });
  assert.is(bodyOf(app, get("/shop/a/items/1")), "rest");
  assert.is(bodyOf(context("/admin", GET("*", "admin")), get("/administrator")), undefined);
});

test('context("/") adds nothing', () => {
  const app = context("/", GET("/", seen("route", "context")), GET("/a", seen("route", "pathInfo")));
  assert.equal(dataOf(app, get("/")), { route: "/", context: "" });
  assert.equal(dataOf(app, get("/a")), { route: "/a", pathInfo: "/a" });
});

test("a context that answers null passes the request on as it was", () => {
  const app = routes(
    context(
      "/a",
      GET("/b", () => null),
    ),
    GET("/a/b", seen("context", "pathInfo", "routeParams")),
  );
  assert.equal(dataOf(app, get("/a/b")), { routeParams: {} });
});

test("any handler among routes has parameters and cookies, and a decorator inside a context those of the context", () => {
  const show = seen("params", "queryParams", "cookies");
  const request = get("/u/7/x", { queryString: "a=1", headers: { cookie: "c=2" } });
  const plain: Handler = (request) => GET("*", show)({ ...request, pathInfo: undefined });
  const all = { params: { a: "1" }, queryParams: { a: "1" }, cookies: { c: "2" } };
  assert.equal(
    dataOf(
      routes((request) => GET("/u/7/x", show)(request)),
      request,
    ),
    all,
  );
  assert.equal(dataOf(context("/u/:id", plain), request).params, { a: "1", id: "7", "*": "/u/7/x" });
  let guarded: unknown;
  const guard =
    (handler: Handler): Handler =>
    (request) => {
      guarded = { ...request.params };
      return handler(request);
    };
  context("/u/:id", decorate(routes(GET("/x", "x")), guard))(request);
  assert.equal(guarded, { a: "1", id: "7" });
});

test("groups of an expression add to the parameters of a context", () => {
  const app = context("/:lang", GET(/\/(\d+)(x)?/, seen("params", "routeParams")));
  assert.equal(dataOf(app, get("/de/42")), { params: { lang: "de", 0: "42" }, routeParams: ["42", null] });
  const alone = GET(/\/(\d+)/, ({ params }) => json([Array.isArray(params), Object.getPrototypeOf(params)]));
  assert.equal(dataOf(alone, get("/42")), [false, null]);
});

test("context and pathInfo are the raw path, cut in two", () => {
  const app = context("/:x", GET("/:y", seen("context", "pathInfo", "params")));
  assert.equal(dataOf(app, get('/a%c3%a9/b%c3%a9"|')), {
    context: "/a%c3%a9",
    pathInfo: '/b%c3%a9"|',
    params: { x: "aé", y: 'bé"|' },
  });
});

test("what guards a path and what answers it see the same", () => {
  const app = routes(
    GET("/user/admin", "guarded"),
    context("/assets/private", ANY("*", "guarded")),
    GET("/user/:id", "user"),
    GET("/assets/*", "asset"),
  );
  for (const uri of ["/user/%61dmin", "/user/%61%64min", "/assets/%70rivate/x", "/assets/private"])
    assert.is(bodyOf(app, get(uri)), "guarded");
  assert.is(bodyOf(app, get("/assets/private%2Fx")), "asset");
});

test("an app mounted in a route starts with its own patterns", () => {
  const inner = routes(GET("/files/*", seen("route", "params")));
  assert.equal(dataOf(context("/x", GET("*", inner as never)), get("/x/files/a/b")), {
    route: "/files/*",
    params: { "*": "a/b" },
  });
});

test("a regular expression must match the whole path; its groups are the parameters", () => {
  assert.equal(dataOf(GET(/\/(\d+)-(\w+)/, seen("routeParams")), get("/1-a")), { routeParams: ["1", "a"] });
  assert.equal(dataOf(GET(/\/(?<year>\d{4})/, seen("routeParams", "params")), get("/2026")), {
    routeParams: { year: "2026" },
    params: { year: "2026" },
  });
  assert.is(GET(/\/\d/, "x")(get("/12")), null);
});

test("a pattern may name the host and the scheme", () => {
  const app = routes(
    GET("//:tenant.example.com/", ({ params }) => params.tenant),
    GET("https://a.com/", "secure"),
  );
  assert.is(bodyOf(app, get("/", { headers: { host: "acme.example.com" } })), "acme");
  assert.is(bodyOf(app, get("/", { scheme: "https", headers: { host: "a.com" } })), "secure");
  assert.is(bodyOf(app, get("/", { scheme: "http", headers: { host: "a.com" } })), undefined);
});

const noting = (handler: Handler, request: Request): Notes => {
  const note: Notes = { allow: [], declined: false };
  assert.is(handler({ ...request, [noted]: note }), null);
  return note;
};

test("routes note the methods that a path would have answered, through contexts, groups and spreads", () => {
  const spread =
    (handler: Handler): Handler =>
    (request) =>
      handler({ ...request, more: 1 });
  const app = routes(
    POST("/a/:x", "x"),
    context("/a", PUT("/b", "x"), decorateRoutes(routes(DELETE("/b", "x")), spread)),
    decorate(PATCH("/a/b", "x"), spread),
    GET("/other", "x"),
  );
  assert.equal(noting(app, get("/a/b")).allow.sort(), ["DELETE", "PATCH", "POST", "PUT"]);
  assert.equal(noting(app, get("/c")), { allow: [], declined: false });
});

test("a route that matches is noted with its contexts, also one that is the same for all", () => {
  const routeIn = (handler: Handler, uri: string) => {
    const note: Notes = { allow: [], declined: false };
    handler({ ...get(uri), [noted]: note });
    return note.route;
  };
  const app = routes(
    GET("/", "Home"),
    context(
      "/user/:id",
      GET("/", () => "x"),
      GET("/edit", "Edit"),
    ),
  );
  assert.is(routeIn(app, "/"), "/");
  assert.is(routeIn(app, "/user/1"), "/user/:id");
  assert.is(routeIn(app, "/user/1/edit"), "/user/:id/edit");
  assert.is(routeIn(app, "/nowhere"), undefined);
});

test("a route of this method that passed the request on is noted: that is not found, and no wrong method", () => {
  assert.equal(
    noting(
      routes(
        GET("/a", () => next),
        POST("/a", "x"),
      ),
      get("/a"),
    ),
    { allow: ["POST"], declined: true, route: "/a" },
  );
});

test("a map without headers counts as one with none, one without uri has the root", () => {
  const app = GET("/", ({ headers, cookies, uri }) =>
    json([Object.keys(headers), Object.keys(cookies), uri]),
  );
  assert.is(bodyOf(app, { method: "GET" } as Request), '[[],[],"/"]');
});

test("the request that a handler was called with is never changed", () => {
  const request = Object.freeze(form("_method=put&a=1", { uri: "/x/1", queryString: "b=2" }));
  const before = { ...request };
  context(
    "/x",
    decorateRoutes(PUT("/:id", "x"), (handler) => handler),
  )(request);
  assert.equal({ ...request }, before);
});

test("a request derived by a spread is a whole request", () => {
  const app = routes(
    GET("/old", (request) => app({ ...request, uri: "/new" }) as never),
    GET("/new", ({ params }) => params.q),
  );
  assert.is(bodyOf(app, get("/old", { queryString: "q=1" })), "1");
});

test("synchronous routes answer synchronously", () => {
  const app = routes(
    GET("/a", () => null),
    context("/b", GET("/c", "c")),
  );
  assert.not.instance(app(get("/b/c")), Promise);
});

test("law: the index finds what trying each route in its order finds", () => {
  const piece = fc.constantFrom("a", "b", "c", ":x", "*", ":y{[ab]+}", "");
  const source = fc
    .array(piece, { minLength: 1, maxLength: 4 })
    .map((pieces) => `/${pieces.join("/")}`.replace(/^\/\/+/, "/"));
  const path = fc
    .array(fc.constantFrom("a", "b", "c", "d", ""), { maxLength: 4 })
    .map((pieces) => `/${pieces.join("/")}`);
  fc.assert(
    fc.property(
      fc.array(source, { maxLength: 30 }),
      fc.array(path, { minLength: 5, maxLength: 5 }),
      (sources, paths) => {
        const app = routes(sources.map((source, i) => GET(source, String(i))));
        for (const path of paths) {
          const naive = sources.findIndex((source) => pattern(source).match(path) !== null);
          assert.is(bodyOf(app, get(path)), naive === -1 ? undefined : String(naive));
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test.run();
