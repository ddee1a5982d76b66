/** withStacktrace shows programmers their errors, in development only. */
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { withStacktrace } from "../../lib/middleware/stacktrace.js";
import { context, GET, POST, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Handler, Request, Response } from "../../lib/types.js";
import { inEnvironment } from "../house/environment.js";

const inDevelopment = (handler: Handler): Handler =>
  inEnvironment("development", () => withStacktrace()(handler));

const get: Request = { method: "GET", uri: "/", headers: {} };
const browser: Request = { ...get, headers: { accept: "text/html,*/*;q=0.8" } };

const failing =
  (error: unknown): Handler =>
  () => {
    throw error;
  };

/** What is reported on the console meanwhile. */
async function reported(act: () => unknown): Promise<unknown[][]> {
  const { error } = console;
  const lines: unknown[][] = [];
  console.error = (...args: unknown[]) => lines.push(args);
  try {
    await act();
  } finally {
    console.error = error;
  }
  return lines;
}

async function answerTo(handler: Handler, request = browser): Promise<Response> {
  let response: Response | null = null;
  await reported(async () => {
    response = await inDevelopment(handler)(request);
  });
  return response!;
}

const bodyOf = async (handler: Handler, request = browser): Promise<string> =>
  String((await answerTo(handler, request)).body);

test("outside development the handler is given back as it is", () => {
  const handler = failing(new Error("secret"));
  for (const name of ["production", "test", undefined]) {
    assert.is(
      inEnvironment(name, () => withStacktrace()(handler)),
      handler,
    );
  }
});

test("answers pass untouched, null and promises too", async () => {
  const ok: Response = { status: 200, headers: {}, body: "ok" };
  assert.is(inDevelopment(() => ok)(get), ok);
  assert.is(inDevelopment(() => null)(get), null);
  assert.is(await inDevelopment(async () => ok)(get), ok);
  assert.is(await inDevelopment(async () => null)(get), null);
});

test("an error is a page of its own, that nothing can run on and nobody keeps", async () => {
  const { status, headers, body } = await answerTo(failing(new TypeError("no such thing")));
  assert.is(status, 500);
  assert.match(
    String(headers["content-security-policy"]),
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  assert.is(headers["content-type"], "text/html; charset=utf-8");
  assert.is(headers["cache-control"], "no-store");
  assert.is(headers.vary, "accept");
  assert.match(String(body), "<title>TypeError: no such thing</title>");
  assert.match(String(body), "<h1>no such thing</h1>");
});

test("the page shows the source of this very line, marked", async () => {
  const handler: Handler = () => {
    throw new Error("here");
  };
  const page = await bodyOf(handler);
  assert.match(page, /<mark><i>\d+<\/i> {4}throw new Error\(&quot;here&quot;\);\n<\/mark>/);
  assert.match(page, "spec/middleware/stacktrace.ts:");
  assert.match(page, /\d+ in Node and packages/);
});

test("who does not want a page gets the stack as text", async () => {
  for (const accept of [undefined, "*/*", "text/plain", "application/json", "image/png"]) {
    const error = new Error("outer", { cause: new Error("inner") });
    const { headers, body } = await answerTo(failing(error), { ...get, headers: { accept } });
    assert.is(headers["content-type"], "text/plain; charset=utf-8");
    assert.match(String(body), /^500 GET \/\n\nError: outer\n {4}at /);
    assert.match(String(body), /\n {4}> +\d+ \| .*new Error\("outer"/);
    assert.match(String(body), "\n\nCaused by Error: inner\n");
  }
  assert.match(await bodyOf(failing("text"), get), 'Not an error: "text" was thrown');
});

test("the causes of an error have their own stacks", async () => {
  const page = await bodyOf(failing(new Error("outer", { cause: new RangeError("inner") })));
  assert.match(page, '<p class="kind">Caused by RangeError</p>\n<h2>inner</h2>\n<ol class="stack">');
});

test("everything is text: the message, the name, the path, the fields", async () => {
  const script = "<script>alert(1)</script>";
  const error = Object.assign(new Error(script), {
    name: script,
    stack: `${script}\n    at ${script} (${script}:1:1)`,
  });
  const request = {
    ...browser,
    uri: `/${script}`,
    queryString: "a=<script>",
    headers: { ...browser.headers, x: script, cookie: `${script}=1` },
  };
  const page = await bodyOf(failing(error), request);
  assert.not.match(page, "<script");
  assert.match(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
});

test("errors that are meant for the client are thrown on, those of 500 and more are shown", async () => {
  const meant = httpError(404, "No such user");
  assert.throws(
    () => inDevelopment(failing(meant))(get),
    (error: unknown) => error === meant,
  );
  const later = inDevelopment(() => Promise.reject(meant))(get) as Promise<unknown>;
  assert.is(await later.catch((error) => error), meant);
  const app = decorate(failing(meant), inDevelopment, withErrors());
  assert.is((app(browser) as Response).status, 404);
  assert.is((await answerTo(failing(httpError(503, "The store failed")))).status, 503);
});

test("an error is reported once, with withErrors around it, too", async () => {
  const error = new Error("fault");
  const app = decorate(failing(error), inDevelopment, withErrors());
  const lines = await reported(() => app(browser));
  assert.equal(lines, [["%s", "GET /: fault", error]]);
});

test("a synchronous error is answered at once, a promised one later", async () => {
  await reported(async () => {
    assert.not.instance(inDevelopment(failing(new Error("x")))(get), Promise);
    assert.is((await inDevelopment(() => Promise.reject(new Error("x")))(get))?.status, 500);
  });
});

test("HEAD has no body", async () => {
  const { body, headers } = await answerTo(failing(new Error("x")), { ...browser, method: "HEAD" });
  assert.is(body, null);
  assert.type(headers["content-length"], "string");
});

test("the route, the query, the form and the cookies are there, though nobody has parsed them out here", async () => {
  const app = routes(context("/users/:id", POST("/name", failing(new Error("x")))));
  const page = await bodyOf(app, {
    ...browser,
    method: "POST",
    uri: "/users/42/name",
    queryString: "tab=names",
    headers: {
      ...browser.headers,
      "content-type": "application/x-www-form-urlencoded",
      cookie: "theme=dark",
    },
    body: Readable.from(["name=Ada&password=enchantress"]),
  });
  assert.match(page, '<th scope="row">route</th><td>/users/:id/name</td>');
  assert.match(page, '<th scope="row">tab</th><td>names</td>');
  assert.match(page, '<th scope="row">name</th><td>Ada</td>');
  assert.match(page, '<th scope="row">password</th><td class="hidden">[hidden]</td>');
  assert.match(page, '<th scope="row">theme</th><td class="hidden">[hidden]</td>');
  assert.not.match(page, /enchantress|dark<|theme=/);
});

test("a form that is malformed, or still on its way, keeps nobody waiting", async () => {
  const form = { ...browser.headers, "content-type": "application/x-www-form-urlencoded" };
  const request = { ...browser, method: "POST", queryString: "a=%zz", headers: form };
  const page = await bodyOf(failing(new Error("x")), { ...request, body: "b=%zz" });
  assert.match(page, "<h1>x</h1>");
  const waiting = new Readable({ read: () => {} });
  assert.match(await bodyOf(failing(new Error("x")), { ...request, body: waiting }), "<h1>x</h1>");
  waiting.destroy();
});

test("whatever is thrown is shown, though it cannot be looked at", async () => {
  const thrower = () => {
    throw new Error("looked at");
  };
  const hostile = [null, undefined, Object.create(null), new Proxy(new Error("x"), { get: thrower })];
  for (const thrown of hostile) {
    const { status, body } = await answerTo(failing(thrown));
    assert.is(status, 500);
    assert.match(String(body), "<h1>");
  }
});

test("it is answered over HTTP", async () => {
  const app = decorate(routes(GET("/", failing(new Error("fault")))), inDevelopment, withErrors());
  const { url, close } = await serve(app, { port: 0, signals: false });
  try {
    await reported(async () => {
      const response = await fetch(url, { headers: { accept: "text/html" } });
      assert.is(response.status, 500);
      assert.match(await response.text(), '<th scope="row">uri</th><td>/</td>');
    });
  } finally {
    await close();
  }
});

test.run();
