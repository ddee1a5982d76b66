/** The middleware that most apps have, each as its users write it, over a real wire. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import compression from "compression";
import cors from "cors";
import express from "express";
import session from "express-session";
import helmet from "helmet";
import morgan from "morgan";
import { Passport } from "passport";
import { Strategy } from "passport-local";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../../lib/decorate.js";
import { decorateRoutes } from "../../../lib/decorate-routes.js";
import { file } from "../../../lib/file.js";
import { withErrors } from "../../../lib/middleware/errors.js";
import { withSession } from "../../../lib/middleware/session.js";
import { json, redirectTo, setCookie } from "../../../lib/response.js";
import { context, GET, POST, routes } from "../../../lib/routes.js";
import { fromConnect } from "../../../lib/server/connect.js";
import { listener } from "../../../lib/server.js";
import type { Handler, Request } from "../../../lib/types.js";
import { sessionAssoc } from "../../../lib/updates.js";
import { eventually } from "../../house/eventually.js";
import { allOf, asking, dial, serving } from "../wire.js";

const folder = mkdtempSync(join(tmpdir(), "composure-"));
mkdirSync(join(folder, "sub"));
writeFileSync(join(folder, "page.html"), "<p>Hello");
writeFileSync(join(folder, "large.txt"), "x".repeat(300_000));
test.after(() => rmSync(folder, { recursive: true }));

/** A browser that keeps its cookies and follows nothing. */
function browser(url: string) {
  const cookies = new Map<string, string>();
  return async (path: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url + path, {
      redirect: "manual",
      ...init,
      headers: { cookie, ...init.headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

const form = (values: Record<string, string>): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(values),
});

/** What express-session and passport put on Node's request. */
type Asked = {
  session: Record<string, unknown>;
  user?: { name: string };
  isAuthenticated(): boolean;
  logout(done: (error?: Error) => void): void;
};
const reqOf = ({ raw }: Request): Asked => raw!.req as Asked;

test("helmet", () =>
  serving(decorate(GET("/", "Hello"), fromConnect(helmet({ xPoweredBy: false }))), async ({ url }) => {
    const response = await fetch(url);
    assert.is(await response.text(), "Hello");
    assert.is(response.headers.get("x-content-type-options"), "nosniff");
    assert.match(response.headers.get("content-security-policy")!, /default-src 'self'/);
  }));

test("cors answers a preflight by itself, and lets other origins read", () => {
  let calls = 0;
  const counted = GET("/", () => `${++calls}`);
  return serving(decorate(counted, fromConnect(cors({ origin: "https://a.example" }))), async ({ url }) => {
    const headers = { origin: "https://a.example", "access-control-request-method": "PUT" };
    const preflight = await fetch(url, { method: "OPTIONS", headers });
    assert.equal([preflight.status, calls], [204, 0]);
    assert.match(preflight.headers.get("access-control-allow-methods")!, /PUT/);
    const response = await fetch(url, { headers });
    assert.equal([await response.text(), response.headers.get("vary")], ["1", "Origin"]);
    assert.is(response.headers.get("access-control-allow-origin"), "https://a.example");
  });
});

test("morgan writes a line for each response, with its status and bytes", () => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line.trim()) };
  const logger = morgan(":method :url :status :res[content-length]", { stream });
  const app = routes(
    GET("/", "café"),
    context("/in", GET("/side", "Hello")),
    POST("/", [201, "Made"]),
    GET("/stream", () => ({ body: ["a", "b"] })),
  );
  return serving(decorate(app, withErrors(), fromConnect(logger)), async ({ url }) => {
    for (const path of ["/", "/in/side?a=1", "/nowhere", "/stream"]) await (await fetch(url + path)).text();
    await (await fetch(url, { method: "POST" })).text();
    await fetch(url, { method: "HEAD" });
    await eventually(() => lines.length === 6);
    assert.equal(lines, [
      "GET / 200 5",
      "GET /in/side?a=1 200 5",
      "GET /nowhere 404 9",
      "GET /stream 200 -",
      "POST / 201 4",
      "HEAD / 200 5",
    ]);
  });
});

test("morgan writes a line also where the client has left", () => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line.trim()) };
  let isAsked = false;
  const slow: Handler = ({ signal }) => {
    isAsked = true;
    return new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
  };
  return serving(decorate(slow, fromConnect(morgan(":url :status", { stream }))), async ({ port }) => {
    const socket = dial(port, asking("GET /slow"));
    await eventually(() => isAsked);
    socket.destroy();
    await eventually(() => lines.length === 1);
    assert.equal(lines, ["/slow -"]);
  });
});

test("compression shrinks texts, files and streams", () => {
  const text = "Hello ".repeat(1000);
  async function* pieces() {
    yield text;
    await pause(5);
    yield text;
  }
  const app = routes(
    GET("/text", text),
    GET("/json", json([text])),
    GET("/file", () => file(join(folder, "large.txt"))),
    GET("/stream", () => ({ headers: { "content-type": "text/plain" }, body: pieces() })),
    GET("/small", "small"),
    GET("/image", { headers: { "content-type": "image/png" }, body: text }),
  );
  return serving(decorate(app, fromConnect(compression())), async ({ url, lines }) => {
    const get = async (path: string, coding = "gzip, br") => {
      const response = await fetch(url + path, { headers: { "accept-encoding": coding } });
      const body = await response.text();
      return [response.headers.get("content-encoding"), response.headers.get("vary"), body.length];
    };
    assert.equal(await get("/text"), ["br", "Accept-Encoding", 6000]);
    assert.equal(await get("/text", "gzip"), ["gzip", "Accept-Encoding", 6000]);
    assert.equal(await get("/text", "identity"), [null, "Accept-Encoding", 6000]);
    assert.equal(await get("/json"), ["br", "Accept-Encoding", 6004]);
    assert.equal(await get("/file"), ["br", "Accept-Encoding", 300_000]);
    assert.equal(await get("/stream"), ["br", "Accept-Encoding", 12_000]);
    assert.equal(await get("/small"), [null, "Accept-Encoding", 5]);
    assert.equal(await get("/image"), [null, null, 6000]);
    const head = await fetch(`${url}/text`, { method: "HEAD" });
    assert.equal([head.headers.get("content-length"), head.headers.get("content-encoding")], ["6000", null]);
    assert.equal(lines, []);
  });
});

test("a file that is cut short while compression reads it never ends as if it were whole", () => {
  const path = join(folder, "cut.txt");
  writeFileSync(path, randomBytes(2 ** 24).toString("hex"));
  return serving(
    decorate(
      () => ({ status: 200, headers: { "content-type": "text/plain" }, body: file(path) }),
      fromConnect(compression()),
    ),
    async ({ port }) => {
      const socket = dial(port, asking("GET /", "accept-encoding: gzip"));
      const sent = allOf(socket);
      await once(socket, "data");
      socket.pause();
      truncateSync(path, 1000);
      socket.resume();
      assert.not.ok((await sent).endsWith("\r\n0\r\n\r\n"));
    },
  );
});

test("what compression has made of a plain call is plain data", async () => {
  const text = "Hello ".repeat(1000);
  const app = decorate(GET("/", text), fromConnect(compression()));
  for (const [coding, open] of [
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ] as const) {
    const { headers, body } = (await app({
      method: "GET",
      uri: "/",
      headers: { "accept-encoding": coding },
    }))!;
    assert.equal([headers["content-encoding"], headers["content-length"]], [coding, undefined]);
    assert.is(open(body as Uint8Array).toString(), text);
  }
});

test("compression sends at once what a handler flushes", () => {
  let isRead = false;
  const app = GET("/", ({ raw }) => {
    async function* events() {
      yield "data: 1\n\n";
      (raw!.res as { flush(): void }).flush();
      await eventually(() => isRead);
      yield "data: 2\n\n";
    }
    return { headers: { "content-type": "text/event-stream" }, body: events() };
  });
  const always = compression({ threshold: 0, filter: () => true });
  return serving(decorate(app, fromConnect(always)), async ({ url }) => {
    const response = await fetch(url, { headers: { "accept-encoding": "gzip" } });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    assert.is((await reader.read()).value, "data: 1\n\n");
    isRead = true;
    assert.is((await reader.read()).value, "data: 2\n\n");
    assert.is((await reader.read()).done, true);
  });
});

test("a client that leaves a compressed stream ends its source", () => {
  let isOver = false;
  async function* endless() {
    try {
      for (;;) {
        yield "x".repeat(100_000);
        await pause(1);
      }
    } finally {
      isOver = true;
    }
  }
  const app = GET("/", () => ({ headers: { "content-type": "text/plain" }, body: endless() }));
  return serving(decorate(app, fromConnect(compression())), async ({ port, lines }) => {
    const socket = dial(port, asking("GET /", "accept-encoding: gzip"));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await eventually(() => isOver);
    assert.equal(lines, []);
  });
});

const sessions = (options = {}) =>
  fromConnect(session({ secret: "a secret", resave: false, saveUninitialized: false, ...options }));

test("express-session counts, and each browser has its own", () => {
  const count = (request: Request) => {
    const { session } = reqOf(request);
    session.count = Number(session.count ?? 0) + 1;
    return String(session.count);
  };
  const app = routes(GET("/", count), GET("/quiet", "quiet"));
  return serving(decorate(app, sessions()), async ({ url }) => {
    const [ada, bob] = [browser(url), browser(url)];
    for (const expected of ["1", "2", "3"]) assert.is((await ada("/")).text, expected);
    assert.is((await bob("/")).text, "1");
    assert.is((await bob("/quiet")).headers.get("set-cookie"), null);
  });
});

test("express-session has saved before the response is sent", () => {
  const events: string[] = [];
  const store = new (class extends (session as unknown as { MemoryStore: new () => Store }).MemoryStore {
    override set(id: string, data: unknown, done: () => void) {
      const saved = () => {
        events.push("saved");
        done();
      };
      super.set(id, data, () => setTimeout(saved, 30));
    }
  })();
  const app = GET("/", (request) => {
    reqOf(request).session.a = 1;
    return redirectTo("/next");
  });
  return serving(decorate(app, sessions({ store })), async ({ url }) => {
    await browser(url)("/");
    events.push("redirected");
    assert.equal(events, ["saved", "redirected"]);
  });
});

type Store = { set(id: string, data: unknown, done: () => void): void };

test("express-session and our own session stand side by side", () => {
  const app = GET("/", (request) => {
    const theirs = reqOf(request).session;
    theirs.n = Number(theirs.n ?? 0) + 1;
    const ours = Number(request.session?.n ?? 0) + 1;
    return [sessionAssoc("n", ours), setCookie("a", "1"), `${theirs.n} ${ours}`];
  });
  return serving(decorate(app, sessions(), withSession()), async ({ url }) => {
    const ada = browser(url);
    const first = await ada("/");
    assert.is(first.headers.getSetCookie().length, 3);
    assert.is((await ada("/")).text, "2 2");
  });
});

const users = [{ name: "ada", password: "engine" }];

function passportOf() {
  const passport = new Passport();
  const find = (name: unknown) => users.find((user) => user.name === name) ?? false;
  passport.use(
    new Strategy((name, password, done) => {
      const user = find(name);
      done(null, user !== false && user.password === password ? user : false);
    }),
  );
  passport.serializeUser((user, done) => done(null, (user as { name: string }).name));
  passport.deserializeUser((name, done) => done(null, find(name)));
  return passport;
}

test("a whole login with passport-local: the form, the protected page, the logout", () => {
  const passport = passportOf();
  const login = fromConnect(passport.authenticate("local"));
  const leave = (request: Request) =>
    new Promise<void>((resolve, reject) => {
      reqOf(request).logout((error) => (error ? reject(error) : resolve()));
    });
  const home: Handler = (request) => {
    const { user } = reqOf(request);
    return { status: user ? 200 : 401, headers: {}, body: user ? `Hello ${user.name}` : "Who are you?" };
  };
  const app = routes(
    GET("/home", home),
    decorateRoutes(POST("/login", redirectTo("/home", 303)), login),
    POST("/logout", async (request) => {
      await leave(request);
      return redirectTo("/home", 303);
    }),
  );
  const guarded = decorate(app, fromConnect(passport.authenticate("session")), sessions());
  return serving(guarded, async ({ url, lines }) => {
    const ada = browser(url);
    assert.equal([(await ada("/home")).status, (await ada("/home")).text], [401, "Who are you?"]);
    const failed = await ada("/login", form({ username: "ada", password: "wrong" }));
    assert.equal([failed.status, failed.text], [401, "Unauthorized"]);
    const done = await ada("/login", form({ username: "ada", password: "engine" }));
    assert.equal([done.status, done.headers.get("location")], [303, "/home"]);
    assert.is((await ada("/home")).text, "Hello ada");
    assert.is((await browser(url)("/home")).status, 401);
    assert.is((await ada("/logout", { method: "POST" })).status, 303);
    assert.is((await ada("/home")).status, 401);
    assert.equal(lines, []);
  });
});

test("passport redirects by itself inside an app of Express", () => {
  const passport = passportOf();
  const options = { successRedirect: "/home", failureRedirect: "/login?failed" };
  const login = fromConnect(express().use(passport.authenticate("local", options)));
  const app = routes(
    GET("/home", (request) => `Hello ${reqOf(request).user?.name}`),
    decorateRoutes(POST("/login", "never"), login),
  );
  const guarded = decorate(app, fromConnect(passport.authenticate("session")), sessions());
  return serving(guarded, async ({ url }) => {
    const ada = browser(url);
    const failed = await ada("/login", form({ username: "ada", password: "wrong" }));
    assert.equal([failed.status, failed.headers.get("location")], [302, "/login?failed"]);
    const done = await ada("/login", form({ username: "ada", password: "engine" }));
    assert.equal([done.status, done.headers.get("location")], [302, "/home"]);
    assert.is((await ada("/home")).text, "Hello ada");
  });
});

test("body parsers of Express, and routes that read the same form after them", () => {
  const app = routes(
    POST(
      "/form",
      ({ params, raw }) => `${params.name} ${(raw!.req as { body: { name: string } }).body.name}`,
    ),
    POST("/nested", ({ params }) => params["user[name]"]),
  );
  const forms = decorate(app, fromConnect(express.urlencoded({ extended: false })));
  const nested = decorate(app, fromConnect(express.urlencoded({ extended: true })));
  return serving(routes(context("/a", forms), context("/b", nested)), async ({ url }) => {
    const post = async (path: string, values: Record<string, string>) =>
      (await fetch(url + path, form(values))).text();
    assert.is(await post("/a/form", { name: "Ada" }), "Ada Ada");
    assert.is(await post("/b/nested", { "user[name]": "Ada" }), "Ada");
  });
});

test("a form that body parsers read before any route", () => {
  const app = decorate(
    POST("/form", ({ params }) => params.name),
    fromConnect(express.urlencoded({ extended: false, limit: 100 })),
    fromConnect(express.json()),
  );
  return serving(app, async ({ url, lines }) => {
    const post = (values: Record<string, string>) => fetch(`${url}/form`, form(values));
    assert.is(await (await post({ name: "Ada" })).text(), "Ada");
    assert.is((await post({ name: "x".repeat(200) })).status, 413);
    assert.equal(lines, []);
  });
});

test("express.static serves files, parts of them and what has not changed; the rest goes on", () => {
  const app = decorate(GET("/files/other", "Other"), (handler) =>
    routes(
      context(
        "/files",
        decorate(() => null, fromConnect(express.static(folder))),
      ),
      handler,
    ),
  );
  return serving(app, async ({ url, port }) => {
    const page = await fetch(`${url}/files/page.html`);
    assert.equal(
      [page.headers.get("content-type"), await page.text()],
      ["text/html; charset=utf-8", "<p>Hello"],
    );
    const etag = page.headers.get("etag")!;
    const again = await allOf(dial(port, asking("GET /files/page.html", `if-none-match: ${etag}`)));
    assert.match(again, /^HTTP\/1.1 304 /);
    const part = await fetch(`${url}/files/large.txt`, { headers: { range: "bytes=0-9" } });
    assert.equal([part.status, await part.text()], [206, "x".repeat(10)]);
    const head = await fetch(`${url}/files/large.txt`, { method: "HEAD" });
    assert.is(head.headers.get("content-length"), "300000");
    assert.is((await (await fetch(`${url}/files/large.txt`)).text()).length, 300_000);
    assert.is(await (await fetch(`${url}/files/other`)).text(), "Other");
    assert.is((await fetch(`${url}/files/nowhere`)).status, 404);
    const folders = await fetch(`${url}/files/sub`, { redirect: "manual" });
    assert.equal([folders.status, folders.headers.get("location")], [301, "/files/sub/"]);
    assert.match(await allOf(dial(port, asking("GET /files/../../etc/passwd"))), /^HTTP\/1.1 404/);
  });
});

const oldApp = () =>
  express()
    .set("query parser", "extended")
    .use(express.json())
    .get("/hello/:name", (req, res) => res.send(`Hello ${req.params.name} of ${req.baseUrl}`))
    .get("/query", (req, res) => res.json(req.query))
    .get("/where", (req, res) => res.json([req.ip, req.path, req.originalUrl]))
    .post("/json", (req, res) => res.status(201).json(req.body))
    .get("/redirect", (_req, res) => res.redirect("/elsewhere"))
    .get("/broken", () => {
      throw new Error("broken");
    })
    .get("/forbidden", (_req, _res, next) => next(Object.assign(new Error("No entry"), { status: 403 })));

test("a whole app of Express, with its own query parser; what it does not know goes on", () => {
  const app = decorate(GET("/new", "New"), fromConnect(oldApp()), fromConnect(helmet()));
  return serving(app, async ({ url, lines }) => {
    const get = async (path: string, init?: RequestInit) => {
      const response = await fetch(url + path, { redirect: "manual", ...init });
      return [response.status, await response.text()];
    };
    assert.equal(await get("/hello/Ada"), [200, "Hello Ada of "]);
    assert.equal(await get("/query?a[b]=1"), [200, '{"a":{"b":"1"}}']);
    assert.equal(await get("/where"), [200, '["127.0.0.1","/where","/where"]']);
    const headers = { "content-type": "application/json" };
    assert.equal(await get("/json", { method: "POST", headers, body: '{"a":1}' }), [201, '{"a":1}']);
    assert.equal(await get("/redirect"), [302, "Found. Redirecting to /elsewhere"]);
    assert.equal(await get("/new"), [200, "New"]);
    assert.is((await get("/nowhere"))[0], 404);
    assert.equal(await get("/forbidden"), [403, "No entry"]);
    assert.equal(lines, []);
    assert.is((await get("/broken"))[0], 500);
    assert.is(lines.length, 1);
  });
});

test("an app of Express under a context, after routes", () => {
  const app = routes(
    POST("/other", "x"),
    context(
      "/old",
      decorate(() => null, fromConnect(oldApp())),
    ),
  );
  return serving(app, async ({ url }) => {
    assert.is(await (await fetch(`${url}/old/hello/Ada`)).text(), "Hello Ada of /old");
    assert.is(await (await fetch(`${url}/old/where`)).text(), '["127.0.0.1","/where","/old/where"]');
    assert.is((await fetch(`${url}/old/nowhere`)).status, 404);
  });
});

test("a router of Express and middleware that must share its response", () => {
  const router = express
    .Router()
    .use((_req: unknown, res: { locals: object }, next: () => void) => {
      res.locals = { name: "Ada" };
      next();
    })
    .get("/hello", (_req, res) => res.end((res as unknown as { locals: { name: string } }).locals.name));
  return serving(decorate(GET("/", "Home"), fromConnect(router)), async ({ url }) => {
    assert.is(await (await fetch(`${url}/hello`)).text(), "Ada");
    assert.is(await (await fetch(url)).text(), "Home");
  });
});

test("on a connection that is kept nothing is left behind", () => {
  const all = [helmet(), cors(), compression(), morgan("tiny", { stream: { write() {} } })].map(
    (middleware) => fromConnect(middleware),
  );
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  return serving(decorate(GET("/", "Hello"), ...all), async ({ port }) => {
    const socket = dial(port);
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      text += chunk;
    });
    for (let i = 1; i <= 40; i++) {
      socket.write(`GET ${i % 2 ? "/" : "/nowhere"} HTTP/1.1\r\nhost: a\r\n\r\n`);
      await eventually(() => text.split("HTTP/1.1 ").length > i);
    }
    socket.destroy();
    process.off("warning", warned);
    assert.equal(warnings, []);
  });
});

test("middleware stands HTTP/2", async () => {
  const all = [helmet(), cors(), compression(), morgan("tiny", { stream: { write() {} } })].map(
    (middleware) => fromConnect(middleware),
  );
  const app = routes(
    GET("/", "Hello ".repeat(1000)),
    POST("/form", ({ params }) => params.name),
  );
  const parsing = fromConnect(express.urlencoded());
  const server = createServer(listener(decorate(app, ...all, parsing, sessions()), { log: () => {} }));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const client = connect(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  const say = async (fields: object, body?: string) => {
    const stream = client.request({ ":authority": "a", ...fields });
    stream.end(body);
    const [headers] = await new Promise<[Record<string, string>]>((resolve) =>
      stream.once("response", (...args) => resolve(args as never)),
    );
    return [headers[":status"], headers["content-encoding"], Buffer.concat(await stream.toArray()).length];
  };
  assert.equal(await say({}), [200, undefined, 6000]);
  assert.equal((await say({ "accept-encoding": "gzip" })).slice(0, 2), [200, "gzip"]);
  const type = "application/x-www-form-urlencoded";
  assert.equal(await say({ ":method": "POST", ":path": "/form", "content-type": type }, "name=Ada"), [
    200,
    undefined,
    3,
  ]);
  client.destroy();
  server.close();
});

test.run();
