/** withLint says precisely what is wrong with a request or a response. */
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { html } from "../../lib/html.js";
import { lazy } from "../../lib/lazy.js";
import { withCookies } from "../../lib/middleware/cookies.js";
import { withLint } from "../../lib/middleware/lint.js";
import { withParams } from "../../lib/middleware/params.js";
import { withSession } from "../../lib/middleware/session.js";
import { GET, POST, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Handler, Request, Response } from "../../lib/types.js";
import { sessionAssoc } from "../../lib/updates.js";
import { inEnvironment } from "../house/environment.js";

const linting = (handler: Handler): Handler => inEnvironment("development", () => withLint()(handler));

const get: Request = { method: "GET", uri: "/", headers: {} };
const ok: Response = { status: 200, headers: {}, body: "ok" };

/** The message for a request with other values, or for a request that is none. */
function faultOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.instance(error, TypeError);
    return (error as Error).message;
  }
  return "no fault";
}

const outside = "A decorator around withLint made it so, or whoever called it";
const inside = "The handler inside withLint made it so, or a decorator there";

test("outside development the handler is given back as it is", () => {
  const handler = () => null;
  for (const name of ["production", "test", undefined]) {
    assert.is(
      inEnvironment(name, () => withLint()(handler)),
      handler,
    );
  }
  assert.is.not(linting(handler), handler);
});

test("what keeps to the contract passes untouched, null and promises too", async () => {
  const seen: Request[] = [];
  const handler: Handler = (request) => {
    seen.push(request);
    return ok;
  };
  assert.is(linting(handler)(get), ok);
  assert.is(seen[0], get);
  assert.is(linting(() => null)(get), null);
  assert.is(await linting(async () => ok)(get), ok);
  assert.is(await linting(async () => null)(get), null);
});

test("errors of the handler pass, thrown or promised", async () => {
  const error = httpError(404, "Gone");
  const throwing: Handler = () => {
    throw error;
  };
  assert.throws(
    () => linting(throwing)(get),
    (thrown: unknown) => thrown === error,
  );
  assert.is(await (linting(() => Promise.reject(error))(get) as Promise<unknown>).catch((e) => e), error);
});

const wrongRequests: [object, string][] = [
  [{ method: "get" }, 'a method in upper case such as "GET" as "method", got "get"'],
  [{ method: undefined }, 'a method in upper case such as "GET" as "method", got undefined'],
  [{ method: "GET IT" }, 'a method in upper case such as "GET" as "method", got "GET IT"'],
  [{ uri: "about" }, 'a path that begins with "/" and has no query, or undefined as "uri", got "about"'],
  [{ uri: "/a?b=c" }, 'a path that begins with "/" and has no query, or undefined as "uri", got "/a?b=c"'],
  [{ queryString: "a=b#c" }, 'a query, or undefined as "queryString", got "a=b#c"'],
  [{ queryString: null }, 'a query, or undefined as "queryString", got null'],
  [{ headers: [] }, 'a map, or undefined as "headers", got an array of 0'],
  [{ headers: new Headers() }, 'a map, or undefined as "headers", got a Headers'],
  [{ headers: { Accept: "*/*" } }, 'header names in lower case, of letters, digits and -, got "Accept"'],
  [{ headers: { accept: ["*/*"] } }, 'text, or undefined as header "accept", got an array of 1'],
  [{ scheme: "HTTP" }, '"http" or "https", or undefined as "scheme", got "HTTP"'],
  [{ protocol: "1.1" }, 'a protocol such as "HTTP/1.1", or undefined as "protocol", got "1.1"'],
  [{ serverName: 5 }, 'text, or undefined as "serverName", got 5'],
  [{ serverPort: "80" }, 'a port from 0 to 65535, or undefined as "serverPort", got "80"'],
  [{ serverPort: 65536 }, 'a port from 0 to 65535, or undefined as "serverPort", got 65536'],
  [{ serverPort: -1 }, 'a port from 0 to 65535, or undefined as "serverPort", got -1'],
  [{ remoteAddr: null }, 'text, or undefined as "remoteAddr", got null'],
  [{ body: {} }, 'a stream, text, bytes or an iterable, or undefined as "body", got {}'],
  [{ body: null }, 'a stream, text, bytes or an iterable, or undefined as "body", got null'],
  [{ body: new FormData() }, 'a stream, text, bytes or an iterable, or undefined as "body", got a FormData'],
  [{ signal: {} }, 'an AbortSignal, or undefined as "signal", got {}'],
  [{ raw: { req: {} } }, 'a map of req and res, or undefined as "raw", got an object with req'],
  [{ params: { id: ["1", "2"] } }, 'a map of text, or undefined as "params", got an object with id'],
  [{ params: "a=b" }, 'a map of text, or undefined as "params", got "a=b"'],
  [
    { queryParams: { n: 1 } },
    'a map of text, or of arrays of text, or undefined as "queryParams", got an object with n',
  ],
  [
    { formParams: { n: [1] } },
    'a map of text, or of arrays of text, or undefined as "formParams", got an object with n',
  ],
  [{ multipartParams: new Map() }, 'a map, or undefined as "multipartParams", got a Map'],
  [
    { routeParams: [1] },
    'a map of text, or the groups of an expression, or undefined as "routeParams", got an array of 1',
  ],
  [{ cookies: { a: 1 } }, 'a map of text, or undefined as "cookies", got an object with a'],
  [{ session: { name: "Ada" } }, 'a frozen map, or undefined as "session", got an object with name'],
  [{ session: null }, 'a frozen map, or undefined as "session", got null'],
  [{ flash: [] }, 'a frozen map, or undefined as "flash", got an array of 0'],
  [{ route: /x/ }, 'text, or undefined as "route", got a RegExp'],
  [{ context: 1 }, 'text, or undefined as "context", got 1'],
  [{ pathInfo: "" }, 'a path that begins with "/", or undefined as "pathInfo", got ""'],
];

test("a request that is wrong in one key is refused, by that key", () => {
  for (const [change, expected] of wrongRequests) {
    const request = { ...get, ...change } as Request;
    assert.is(
      faultOf(() => linting(() => ok)(request)),
      `withLint, request: expected ${expected}. ${outside}`,
    );
  }
  for (const [request, got] of [
    [null, "null"],
    ["/", '"/"'],
    [new globalThis.Request("http://localhost"), "a Request"],
  ]) {
    const fault = faultOf(() => linting(() => ok)(request as unknown as Request));
    assert.is(fault, `withLint, request: expected a request map, got ${got}. ${outside}`);
  }
});

test("every key may be as the contract has it", () => {
  const full = {
    ...get,
    method: "M-SEARCH",
    uri: "/a%20b",
    queryString: "?a=?",
    headers: { "x-none": undefined, accept: "*/*" },
    scheme: "https",
    protocol: "HTTP/2.0",
    serverName: "localhost",
    serverPort: 0,
    remoteAddr: "::1",
    signal: new AbortController().signal,
    raw: { req: {}, res: {} },
    params: { a: "?", __proto__: null },
    queryParams: { a: ["1", "2"] },
    formParams: {},
    multipartParams: { file: { size: 1 } },
    routeParams: ["a", undefined],
    cookies: {},
    session: Object.freeze({ name: "Ada" }),
    flash: Object.freeze({}),
    route: "/:a",
    context: "",
    pathInfo: "/",
    lang: "en",
  } as unknown as Request;
  for (const body of [
    "a",
    new Uint8Array(),
    Readable.from(["a"]),
    new Blob([]).stream(),
    ["a", "b"],
    undefined,
  ]) {
    assert.is(linting(() => ok)({ ...full, body } as Request), ok);
  }
  assert.is(linting(() => ok)({ ...full, routeParams: { id: "1", "*": ["a", "b"] } } as Request), ok);
  assert.is(linting(() => ok)({ method: "GET" } as Request), ok);
});

test("a malformed query is the client's fault, and left to whoever looks", () => {
  const failing = lazy(() => {
    throw httpError(400, "Malformed");
  }, "");
  assert.is(linting(() => ok)({ ...get, queryParams: failing }), ok);
});

const wrongResponses: [unknown, string][] = [
  [undefined, `a response map or null, got undefined. ${inside}. Not mine is null`],
  [
    "Hello",
    `a response map or null, got "Hello". ${inside}. A response map is made by render(request, update)`,
  ],
  [
    [404],
    `a response map or null, got an array of 1. ${inside}. A response map is made by render(request, update)`,
  ],
  [
    new globalThis.Response("x"),
    `a response map or null, got a Response. ${inside}. A Response of fetch becomes a map by fromFetch`,
  ],
  [{ headers: {} }, `a status from 200 to 599 as "status", got undefined. ${inside}`],
  [{ ...ok, status: 99 }, `a status from 200 to 599 as "status", got 99. ${inside}`],
  [{ ...ok, status: "200" }, `a status from 200 to 599 as "status", got "200". ${inside}`],
  [{ status: 200 }, `a map as "headers", got undefined. ${inside}`],
  [{ ...ok, headers: new Headers() }, `a map as "headers", got a Headers. ${inside}`],
  [
    { ...ok, headers: { Allow: "GET" } },
    `header names in lower case, of letters, digits and -, got "Allow". ${inside}`,
  ],
  [
    { ...ok, headers: { age: 5 } },
    `text, or an array of text, in latin1 without control characters as header "age", got 5. ${inside}`,
  ],
  [
    { ...ok, headers: { a: "b\r\nc: d" } },
    `text, or an array of text, in latin1 without control characters as header "a", got "b\\r\\nc: d". ${inside}`,
  ],
  [
    { ...ok, headers: { a: ["b", "€"] } },
    `text, or an array of text, in latin1 without control characters as header "a", got an array of 2. ${inside}`,
  ],
  [
    { ...ok, headers: { a: [] } },
    `text, or an array of text, in latin1 without control characters as header "a", got an array of 0. ${inside}`,
  ],
  [
    { ...ok, headers: { "set-cookie": ["a=b", "nonsense"] } },
    `cookies such as "theme=dark; Path=/" as "set-cookie", got an array of 2. ${inside}`,
  ],
  [
    { ...ok, body: 5 },
    `text, bytes, a stream, an iterable, a blob, a file or null as "body", got 5. ${inside}`,
  ],
  [
    { ...ok, body: { a: 1 } },
    `text, bytes, a stream, an iterable, a blob, a file or null as "body", got an object with a. ${inside}`,
  ],
  [{ ...ok, session: "Ada" }, `a map, or null, or undefined as "session", got "Ada". ${inside}`],
  [{ ...ok, flash: null }, `a map, or undefined as "flash", got null. ${inside}`],
];

test("a response that is wrong in one key is refused, by that key", async () => {
  for (const [response, expected] of wrongResponses) {
    const message = `withLint, response: expected ${expected}`;
    assert.is(
      faultOf(() => linting(() => response as Response)(get)),
      message,
    );
    const later = linting(async () => response as Response)(get) as Promise<unknown>;
    await later.then(
      () => assert.unreachable(),
      (error) => assert.is(error.message, message),
    );
  }
});

test("every key of a response may be as the contract has it", () => {
  const bodies = [
    null,
    undefined,
    "",
    new Uint8Array(),
    new Blob([]),
    new Blob([]).stream(),
    Readable.from([]),
    ["a"],
    { file: "/a" },
    html`<p>`,
  ];
  for (const body of bodies) {
    const response = {
      status: 599,
      headers: { "set-cookie": ["a=b", "c=; Path=/"], link: ["a", "b"], x: "caf\xe9" },
      body,
      session: null,
      flash: {},
      lang: "en",
    } as Response;
    assert.is(linting(() => response)(get), response);
  }
});

test("a handler that changes the request is told how to derive one", () => {
  const changing: Handler = (request) => {
    Object.assign(request, { lang: "en" });
    return ok;
  };
  assert.is(
    faultOf(() => linting(changing)({ ...get })),
    'withLint, request: expected the handler to leave "lang" as it was, got "en". Derive another one: { ...request, lang: … }',
  );
  const deleting: Handler = (request) => {
    Reflect.deleteProperty(request, "uri");
    return ok;
  };
  assert.match(
    faultOf(() => linting(deleting)({ ...get })),
    'expected the handler to leave "uri" as it was, got undefined',
  );
});

test("the body of a response that is refused is let go of", () => {
  const body = Readable.from(["a"]);
  faultOf(() => linting(() => ({ status: 99, headers: {}, body }))(get));
  assert.ok(body.destroyed);
});

test("what comes from the edge and what routes, sessions and parameters make of it keeps to the contract", async () => {
  const app = decorate(
    routes(
      GET("/", ({ session }) => html`${session.n}`),
      POST(/\/(a)?.*/, ({ params }) => sessionAssoc("n", params.n)),
    ),
    linting,
    withSession(),
    linting,
    withParams(),
    withCookies(),
    linting,
  );
  const faults: unknown[] = [];
  const { url, close } = await serve(app, { port: 0, signals: false, log: (line) => faults.push(line) });
  const ask = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).status;
  assert.is(await ask("/?a=1&a=2&=&%41", { headers: { cookie: "a=%zz; b" } }), 200);
  assert.is(await ask("/?a=%zz"), 200);
  assert.is(await ask("/x", { method: "POST", body: new URLSearchParams({ n: "1" }) }), 200);
  assert.is(await ask("/nowhere"), 405);
  assert.is(await ask("/", { method: "HEAD" }), 200);
  await close();
  assert.equal(faults, []);
});

test.run();
