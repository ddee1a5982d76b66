/** withErrors answers what is left open, in the type that the client likes best. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { html } from "../../lib/html.js";
import { type ErrorsOptions, withErrors } from "../../lib/middleware/errors.js";
import { GET, routes } from "../../lib/routes.js";
import { type Handler, next, noted, type Request, type Response } from "../../lib/types.js";

const text = { "content-type": "text/plain; charset=utf-8" };

const asked = (method: string, allow: string[], declined = false): Request => ({
  method,
  uri: "/",
  headers: {},
  [noted]: { allow, declined },
});

const recorded = () => {
  const lines: [string, unknown][] = [];
  return { lines, log: (line: string, error: unknown) => lines.push([line, error]) };
};

const get: Request = { method: "GET", uri: "/a%20b", headers: {} };

const answers = (handler: Handler): Handler => decorate(handler, withErrors({ log: () => {} }));

test("withErrors answers null, errors and rejections, and leaves responses alone", async () => {
  const ok: Response = { status: 200, headers: {}, body: "ok" };
  assert.is(answers(() => ok)(get), ok);
  assert.is(await answers(async () => ok)(get), ok);
  assert.is((answers(() => null)(get) as Response).status, 404);
  assert.is((await answers(async () => null)(get))?.status, 404);
  const thrown = answers(() => {
    throw httpError(400, "Bad");
  })(get) as Response;
  assert.is(thrown.body, "Bad");
  const rejected = await answers(async () => {
    throw new Error("secret");
  })(get);
  assert.is(rejected?.body, "Internal Server Error");
});

test("withErrors gives routes a place to note what they missed, unless there is one", () => {
  const noting: Handler = (request) => {
    request[noted]?.allow.push("POST");
    return null;
  };
  assert.is((answers(noting)(get) as Response).status, 405);
  const outer = asked("GET", []);
  answers(noting)(outer);
  assert.equal(outer[noted]?.allow, ["POST"]);
  assert.is((answers(noting)(get) as Response).headers.allow, "POST, OPTIONS");
});

test("withErrors reports once, and wants a function for it", () => {
  const { lines, log } = recorded();
  const fault = new Error("fault");
  const failing: Handler = () => {
    throw fault;
  };
  decorate(failing, withErrors({ log }), withErrors({ log }))(get);
  assert.equal(lines, [["GET /a%20b: fault", fault]]);
  assert.throws(
    () => withErrors({ log: true as never }),
    /withErrors: expected a function as "log", got true/,
  );
});

/** Values that throw, each in its way, when they are looked at. */
const hostile = (): unknown[] => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrower = () => {
    throw new Error("looked at");
  };
  return [
    Object.create(null),
    { toString: thrower },
    Object.defineProperty({}, "status", { get: thrower }),
    Object.defineProperty(new Error("x"), "message", { get: thrower }),
    new Proxy({}, { get: thrower }),
    proxy,
    { status: 400, expose: true, message: Object.create(null) },
    {
      status: 400,
      expose: true,
      message: "x",
      headers: Object.defineProperty({}, "a", { enumerable: true, get: thrower }),
    },
  ];
};

test("whatever is thrown is answered and reported, though it cannot be looked at", async () => {
  for (const thrown of hostile()) {
    const { lines, log } = recorded();
    const throwing = decorate(() => {
      throw thrown;
    }, withErrors({ log }));
    const rejecting = decorate(() => Promise.reject(thrown), withErrors({ log }));
    for (const answer of [throwing(get), await rejecting(get)]) {
      assert.equal(answer, {
        status: 500,
        headers: { ...text, vary: "accept" },
        body: "Internal Server Error",
      });
    }
    assert.equal(
      lines.map(([line]) => line),
      Array(2).fill("GET /a%20b: [an error that cannot be shown]"),
    );
    assert.ok(lines.every(([, error]) => error === thrown));
  }
});

const failing =
  (error: unknown): Handler =>
  () => {
    throw error;
  };

/** What withErrors answers to a request with these headers. */
const answerTo = (
  handler: Handler,
  headers: Request["headers"] = {},
  options: ErrorsOptions = {},
): Response => decorate(handler, withErrors({ log: () => {}, ...options }))({ ...get, headers }) as Response;

const typeFor = (accept: string | undefined, more: Request["headers"] = {}): unknown =>
  answerTo(() => null, { accept, ...more }).headers["content-type"];

const page = "text/html; charset=utf-8";
const json = "application/problem+json";

test("who does not care gets text, browsers get a page, programs problem details", () => {
  const chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
  const types: [string | undefined, string][] = [
    [undefined, text["content-type"]],
    ["", text["content-type"]],
    ["*/*", text["content-type"]],
    ["text/plain, text/html;q=0.5", text["content-type"]],
    ["image/png", text["content-type"]],
    [";;,/,q=", text["content-type"]],
    [chromium, page],
    ["text/html", page],
    ["application/json", json],
    ["application/json, text/plain, */*", json],
    ["application/problem+json", json],
    ["application/*", json],
  ];
  for (const [accept, type] of types) assert.is(typeFor(accept), type, String(accept));
});

test("who sends JSON gets problem details, unless it wants something else", () => {
  for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"]) {
    assert.is(typeFor("*/*", { "content-type": type }), json, type);
    assert.is(typeFor(undefined, { "content-type": type }), json, type);
    assert.is(typeFor("text/html", { "content-type": type }), page, type);
  }
  assert.is(typeFor("*/*", { "content-type": "application/jsonp" }), text["content-type"]);
});

test("each of them depends on accept, and says so beside what the error says", () => {
  for (const accept of ["text/plain", "text/html", "application/json"]) {
    assert.is(answerTo(() => null, { accept }).headers.vary, "accept");
  }
  const error = httpError(429, "Slow down", { headers: { Vary: "origin", "Retry-After": "5" } });
  const { headers } = answerTo(failing(error));
  assert.equal(headers, { ...text, vary: "origin, accept", "retry-after": "5" });
});

test("problem details have the message that is meant for the client, and no other", () => {
  const bodyOf = (error: unknown) =>
    JSON.parse(answerTo(failing(error), { accept: "application/json" }).body as string);
  const title = "Content Too Large";
  assert.equal(bodyOf(httpError(413, "Too much")), { title, status: 413, detail: "Too much" });
  assert.equal(bodyOf(new Error("secret")), { title: "Internal Server Error", status: 500 });
});

test("the page shows the message as text, and nothing that is not meant for the client", () => {
  const pageOf = (error: unknown) => String(answerTo(failing(error), { accept: "text/html" }).body);
  const shown = pageOf(httpError(400, "<script>alert(1)</script>"));
  assert.match(shown, "<title>400 Bad Request</title>");
  assert.match(shown, "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
  assert.match(shown, '<meta name="color-scheme" content="light dark">');
  assert.not.match(pageOf(new Error("secret")), /secret|<p>/);
});

test("the page's styles are allowed by the nonce of the request, if it has one", () => {
  const styleOf = (nonce: string | undefined) =>
    /<style.*?>/.exec(
      String((answers(() => null)({ ...get, nonce, headers: { accept: "text/html" } }) as Response).body),
    )?.[0];
  assert.is(styleOf("c2VjcmV0"), '<style nonce="c2VjcmV0">');
  assert.is(styleOf(undefined), "<style>");
});

test("a 405 keeps its methods in every type, and OPTIONS its 204", () => {
  const app = routes(GET("/a%20b", "Home"));
  for (const accept of ["text/plain", "text/html", "application/json"]) {
    const ask = (method: string) =>
      decorate(app, withErrors())({ ...get, method, headers: { accept } }) as Response;
    assert.equal([ask("PUT").status, ask("PUT").headers.allow], [405, "GET, HEAD, OPTIONS"]);
    assert.equal(ask("OPTIONS"), { status: 204, headers: { allow: "GET, HEAD, OPTIONS" }, body: null });
  }
});

test("HEAD has the length of the answer, and no body", () => {
  const ask = (options: ErrorsOptions) =>
    decorate(() => null, withErrors(options))({ ...get, method: "HEAD" }) as Response;
  assert.equal(ask({}), {
    status: 404,
    headers: { ...text, vary: "accept", "content-length": "9" },
    body: null,
  });
  assert.is(ask({ handler: () => "Lost" }).body, null);
});

test("an error's own content type gives way, and fields that are none are left out", () => {
  const headers = { "Content-Type": "image/png", a: {}, b: ["x", {}], c: ["x", "y"], d: 5, e: null };
  const error = Object.assign(httpError(400, "Bad"), { headers });
  assert.equal(answerTo(failing(error)).headers, { ...text, vary: "accept", c: ["x", "y"], d: "5" });
});

const pages: ErrorsOptions = {
  handler: (_, { status, message }) => html`<h1>${status}: ${message}</h1>`,
};

test("a handler makes answers of an own kind, with the status and headers of the problem", () => {
  const error = httpError(429, "Slow down", { headers: { "retry-after": "5" } });
  assert.equal(answerTo(failing(error), {}, pages), {
    status: 429,
    headers: { "content-type": page, "retry-after": "5" },
    body: "<h1>429: Slow down</h1>",
  });
  assert.is(answerTo(() => null, {}, pages).body, "<h1>404: Not Found</h1>");
  assert.is(answerTo(failing(new Error("secret")), {}, pages).body, "<h1>500: Internal Server Error</h1>");
  const missed = answerTo(routes(GET("/:name", "Home")), {}, pages);
  assert.is(missed.status, 200);
  const put = decorate(
    routes(GET("/:name", "Home")),
    withErrors(pages),
  )({ ...get, method: "PUT" }) as Response;
  assert.equal([put.body, put.headers.allow], ["<h1>405: Method Not Allowed</h1>", "GET, HEAD, OPTIONS"]);
});

test("a handler is given the request and what was thrown, and is not asked about OPTIONS", () => {
  const seen: unknown[] = [];
  const handler: ErrorsOptions["handler"] = ({ uri }, problem) => {
    seen.push([uri, problem]);
    return null;
  };
  const error = new Error("fault");
  answerTo(failing(error), {}, { handler });
  answerTo(() => null, {}, { handler });
  decorate(GET("/a%20b", "Home"), withErrors({ handler }))({ ...get, method: "OPTIONS" });
  assert.equal(seen, [
    ["/a%20b", { status: 500, message: "Internal Server Error", error }],
    ["/a%20b", { status: 404, message: "Not Found", error: undefined }],
  ]);
});

test("the update of a handler may set another status and other headers, and may be promised", async () => {
  const handler: ErrorsOptions["handler"] = async () => [410, { headers: { Allow: "none" } }, "Gone"];
  const error = httpError(404, "x", { headers: { allow: "GET", a: "b" } });
  const response = await decorate(failing(error), withErrors({ handler }))(get);
  assert.equal(response, {
    status: 410,
    headers: { allow: "none", a: "b", "content-type": page },
    body: "Gone",
  });
});

test("null, undefined, false and next leave the standard answer", async () => {
  for (const answer of [null, undefined, false, next] as const) {
    assert.is(answerTo(() => null, {}, { handler: () => answer }).body, "Not Found");
    const later = decorate(() => null, withErrors({ handler: async () => answer }))(get);
    assert.is((await later)?.body, "Not Found");
  }
  assert.is(answerTo(() => null, {}, { handler: () => "" }).body, "");
});

test("a handler that fails is reported, and the standard answer stands", async () => {
  const fault = new Error("no template");
  const handlers: NonNullable<ErrorsOptions["handler"]>[] = [
    () => {
      throw fault;
    },
    () => Promise.reject(fault),
  ];
  for (const handler of handlers) {
    const { lines, log } = recorded();
    const response = await decorate(() => null, withErrors({ handler, log }))(get);
    assert.equal(response, { status: 404, headers: { ...text, vary: "accept" }, body: "Not Found" });
    assert.equal(lines, [["GET /a%20b: the handler of withErrors failed: no template", fault]]);
  }
  const { lines, log } = recorded();
  const unfit: Handler = decorate(failing("x"), withErrors({ handler: () => new Map() as never, log }));
  assert.is((unfit(get) as Response).body, "Internal Server Error");
  assert.match(lines[1]![0], /the handler of withErrors failed: GET \/a%20b: expected a status.*got a Map/);
});

test("the handler is to be a function", () => {
  assert.throws(
    () => withErrors({ handler: "page" as never }),
    /withErrors: expected a function as "handler", got "page"/,
  );
  assert.throws(
    () => withErrors({ page: () => "" } as never),
    /expected options among handler, log, got "page"/,
  );
});

test.run();
