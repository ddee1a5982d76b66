import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, pipeline, Readable } from "node:stream";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { around, decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { file } from "../../lib/file.js";
import { html } from "../../lib/html.js";
import { withSession } from "../../lib/middleware/session.js";
import { context, GET, POST, routes } from "../../lib/routes.js";
import { type ConnectMiddleware, fromConnect } from "../../lib/server/connect.js";
import { request as ask } from "../../lib/testing/request.js";
import type { Handler, Request, Response, ResponseBody } from "../../lib/types.js";
import { sessionAssoc } from "../../lib/updates.js";
import { eventually } from "../house/eventually.js";

const get: Request = { method: "GET", uri: "/", headers: {} };
const ok: Handler = () => ({ status: 200, headers: {}, body: "ok" });
const never: Handler = () => assert.unreachable("the handler was called") as never;

const goOn: ConnectMiddleware = (_req, _res, next) => next();
const by = (handler: Handler, ...middleware: ConnectMiddleware[]): Handler =>
  decorate(handler, ...middleware.map(fromConnect));
const answering =
  (body: unknown, more = {}): Handler =>
  () => ({
    status: 200,
    headers: {},
    body: body as ResponseBody,
    ...more,
  });

/** Makes what is written upper case, as compression would make it smaller. */
const shouting: ConnectMiddleware = (_req, res, next) => {
  const { write, end } = res;
  const upper = (chunk: unknown) =>
    chunk
      ? Buffer.from(chunk as string)
          .toString()
          .toUpperCase()
      : chunk;
  Object.assign(res, {
    write: (chunk: unknown, ...rest: []) =>
      write.call(res, upper(chunk) as string, ...(rest as unknown as ["utf8"])),
    end: (chunk: unknown) => end.call(res, upper(chunk) as string, "utf8"),
  });
  next();
};

async function textOf(response: Response | null): Promise<string> {
  const { body } = response!;
  if (body instanceof Readable) return (await body.toArray()).join("");
  return body === null ? "" : Buffer.from(body as string).toString();
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** What `finish` and `close` told of the response of a middleware. */
function listening() {
  const heard: string[] = [];
  const middleware: ConnectMiddleware = (_req, res, next) => {
    for (const name of ["finish", "close"]) res.on(name, () => heard.push(name));
    next();
  };
  return { heard, middleware };
}

/** What goes to the console while something runs. */
async function logged(run: () => unknown): Promise<string> {
  const { error } = console;
  const lines: string[] = [];
  console.error = (...args: unknown[]) => lines.push(args.join(" "));
  try {
    await run();
    return lines.join("\n");
  } finally {
    console.error = error;
  }
}

test("what middleware sets stands in the response map, without a promise", () => {
  const app = by(ok, (_req, res, next) => {
    res.setHeader("X-Count", 1);
    res.setHeader("X-List", ["a", "b"]);
    next();
  });
  assert.equal(app(get), { status: 200, headers: { "x-count": "1", "x-list": ["a", "b"] }, body: "ok" });
});

test("the handler's fields win, but cookies add up and vary keeps its names", () => {
  const headers = { "X-A": "handler", "Set-Cookie": ["b=2", "c=3"], Vary: "Accept, Origin" };
  const app = by(answering("ok", { headers }), (_req, res, next) => {
    res.setHeader("x-a", "middleware");
    res.setHeader("x-b", "middleware");
    res.setHeader("set-cookie", "a=1");
    res.setHeader("vary", "Origin");
    next();
  });
  assert.equal((app(get) as Response).headers, {
    "x-a": "handler",
    "x-b": "middleware",
    "set-cookie": ["a=1", "b=2", "c=3"],
    vary: "Origin, accept",
  });
});

test("middleware that answers by itself is the response, and the handler is not called", () => {
  const app = by(never, (_req, res) => {
    res.statusCode = 401;
    res.setHeader("content-type", "text/plain");
    res.end("No");
  });
  assert.equal(app(get), { status: 401, headers: { "content-type": "text/plain" }, body: "No" });
});

test("a head may be written in all of Node's ways", () => {
  const heads: unknown[][] = [
    [202, { "X-A": "1" }],
    [202, "Taken", { "X-A": "1" }],
    [202, ["X-A", "1"]],
    [202, "Taken", ["X-A", "1"]],
  ];
  for (const head of heads) {
    const app = by(never, (_req, res) => {
      res.setHeader("x-a", "0");
      (res.writeHead as (...args: unknown[]) => ServerResponse)(...head).end();
    });
    assert.equal(app(get), { status: 202, headers: { "x-a": "1" }, body: null });
  }
});

test("null goes on, and what middleware has set is dropped", async () => {
  const { heard, middleware } = listening();
  const app = by(
    () => null,
    middleware,
    (_req, res, next) => {
      res.setHeader("x-a", "1");
      next();
    },
  );
  assert.is(app(get), null);
  await tick();
  assert.equal(heard, ["close"]);
  for (const skip of ["route", "router"]) assert.is(by(never, (_req, _res, next) => next(skip))(get), null);
});

test("other keys of the response survive", () => {
  const more = { session: { a: 1 }, flash: { b: 2 }, note: "c" };
  for (const middleware of [goOn, shouting]) {
    const { session, flash, note } = by(answering("ok", more), middleware)(get) as Response;
    assert.equal([session, flash, note], [{ a: 1 }, { b: 2 }, "c"]);
  }
});

test("a session of ours goes through middleware", async () => {
  const app = decorate(
    GET("/", ({ session }) => [sessionAssoc("n", Number(session.n ?? 0) + 1), `${session.n ?? 0}`]),
    fromConnect(shouting),
    withSession(),
  );
  const first = (await app(get)) as Response;
  const cookie = String(first.headers["set-cookie"]).split(";")[0]!;
  assert.is(await textOf(await app({ ...get, headers: { cookie } })), "1");
});

test("an error that is thrown, rejected with, or given to next comes out", async () => {
  const error = new Error("broken");
  assert.throws(() => by(never, (_req, _res, next) => next(error))(get), "broken");
  const throwing: ConnectMiddleware = () => {
    throw error;
  };
  assert.throws(() => by(never, throwing)(get), "broken");
  const rejecting: ConnectMiddleware = async () =>
    throwing({} as IncomingMessage, {} as ServerResponse, () => {});
  assert.is(await Promise.resolve(by(never, rejecting)(get)).catch((got) => got), error);
});

test("an error's status is meant for the client where Express would send it", () => {
  const thrown = (given: unknown) => {
    try {
      return by(never, (_req, _res, next) => next(given))(get);
    } catch (error) {
      return error as { status?: number; expose?: boolean };
    }
  };
  const shown = (more: object) => {
    const { status, expose } = thrown(Object.assign(new Error("x"), more)) as {
      status?: number;
      expose?: boolean;
    };
    return [status, expose];
  };
  assert.equal(shown({ status: 401 }), [401, true]);
  assert.equal(shown({ statusCode: 404 }), [404, true]);
  assert.equal(shown({ status: 502 }), [502, false]);
  assert.equal(shown({ status: 403, expose: false }), [403, false]);
  assert.equal(shown({ status: 200 }), [200, undefined]);
  assert.is(thrown("text"), "text");
  const frozen = Object.freeze(Object.assign(new Error("x"), { status: 401 }));
  assert.is(thrown(frozen), frozen);
});

test("an error of the handler is the handler's, though middleware stands around it", async () => {
  const error = httpError(409, "Taken");
  const careful: ConnectMiddleware = (_req, _res, next) => {
    try {
      next();
    } catch {
      assert.unreachable();
    }
  };
  const throwing: Handler = () => {
    throw error;
  };
  assert.throws(() => by(throwing, careful)(get), "Taken");
  assert.is(await Promise.resolve(by(async () => throwing(get), careful)(get)).catch((got) => got), error);
});

test("who goes on twice, or after the answer, is heard once; a late error is logged", async () => {
  let calls = 0;
  const counting: Handler = () => {
    calls++;
    return ok(get);
  };
  const twice: ConnectMiddleware = (_req, _res, next) => {
    next();
    next();
  };
  const late: ConnectMiddleware = (_req, res, next) => {
    res.end("mine");
    next();
    next(new Error("not saved"));
  };
  assert.is((by(counting, twice)(get) as Response).body, "ok");
  assert.match(
    await logged(() => assert.is((by(counting, late)(get) as Response).body, "mine")),
    /GET \/: not saved/,
  );
  assert.is(calls, 1);
});

test("middleware may answer while the handler is at work, as one that sets a limit of time", async () => {
  const body = new PassThrough();
  const slow: Handler = async () => {
    await tick();
    await tick();
    return { status: 200, headers: {}, body };
  };
  const limiting: ConnectMiddleware = (_req, _res, next) => {
    setImmediate(() => next(httpError(503, "Too slow")));
    next();
  };
  const error = await Promise.resolve(by(slow, limiting)(get)).catch((error) => error);
  assert.is(error.status, 503);
  await eventually(() => body.destroyed);
});

test("a body goes by as it is where middleware does not want to see it", () => {
  for (const body of [
    file("/nowhere"),
    new Blob(["a"]),
    Readable.from(["a"]),
    ["a"],
    Buffer.from("a"),
    null,
  ]) {
    assert.is((by(answering(body), goOn)(get) as Response).body, body);
  }
  assert.equal(by(answering(html`<p>`), goOn)(get), {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<p>",
  });
});

test("a body of every kind goes through middleware that changes it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "composure-"));
  writeFileSync(join(folder, "small"), "small");
  writeFileSync(join(folder, "large"), "x".repeat(100_000));
  async function* pieces() {
    yield "a";
    yield Buffer.from("b");
  }
  const cases: [unknown, string][] = [
    ["a", "A"],
    [Buffer.from("a"), "A"],
    [null, ""],
    [undefined, ""],
    [Readable.from(["a", "b"]), "AB"],
    [Readable.from([Buffer.from("a")], { objectMode: false }), "A"],
    [new Blob(["ab"]), "AB"],
    [new Blob(["ab"]).stream(), "AB"],
    [pieces(), "AB"],
    [["a", "b"], "AB"],
    [file(join(folder, "small")), "SMALL"],
    [file(join(folder, "large")), "X".repeat(100_000)],
  ];
  for (const [body, text] of cases) assert.is(await textOf(await by(answering(body), shouting)(get)), text);
  rmSync(folder, { recursive: true });
  const missing = await Promise.resolve(by(answering(file("/nowhere")), shouting)(get)).catch(
    ({ code }) => code,
  );
  assert.is(missing, "ENOENT");
});

test("a whole body stays whole, however many pieces middleware makes of it and however late", async () => {
  const late =
    (change: (text: string) => string): ConnectMiddleware =>
    (_req, res, next) => {
      const { write, end } = res;
      Object.assign(res, {
        end(chunk: string) {
          const text = change(String(chunk));
          write.call(res, text.slice(0, 2), "utf8");
          setImmediate(() => end.call(res, Buffer.from(text.slice(2)), "utf8"));
        },
      });
      next();
    };
  const bodyOf = async (body: unknown, change: (text: string) => string) =>
    ((await by(answering(body), late(change))(get)) as Response).body;
  const same = (text: string) => text;
  assert.is(await bodyOf("whole", same), "whole");
  assert.equal(await bodyOf(Buffer.from("whole"), same), Buffer.from("whole"));
  assert.equal(await bodyOf("whole", (text) => `${text}!`), Buffer.from("whole!"));
});

test("what middleware writes piece by piece is a stream, with back-pressure", async () => {
  let written = 0;
  let isFull = false;
  const app = by(never, (_req, res) => {
    const source = new Readable({
      read() {
        written++;
        this.push(written > 2000 ? null : Buffer.alloc(1024));
      },
    });
    res.setHeader("content-length", 2000 * 1024);
    source.on("pause", () => {
      isFull = true;
    });
    source.pipe(res);
  });
  const { status, headers, body } = (await app(get)) as Response;
  assert.equal([status, headers["content-length"], body instanceof Readable], [200, "2048000", true]);
  await tick();
  assert.ok(isFull);
  assert.ok(written < 1000);
  assert.is((await textOf({ status, headers, body })).length, 2000 * 1024);
});

test("the stream begins when the head is flushed", async () => {
  const app = by(never, (_req, res) => {
    res.setHeader("content-type", "text/event-stream");
    res.flushHeaders();
    setImmediate(() => res.end("data: 1\n\n"));
  });
  const response = app(get) as Response;
  assert.is(response.headers["content-type"], "text/event-stream");
  assert.is(await textOf(response), "data: 1\n\n");
});

test("Node's own pipeline ends well with the response", async () => {
  const ended: unknown[] = [];
  const app = by(never, (_req, res) => {
    pipeline(Readable.from(["a", "b"]), res, (error) => ended.push(error ?? "well"));
  });
  assert.is(await textOf(await app(get)), "ab");
  await eventually(() => ended.length > 0);
  assert.equal(ended, ["well"]);
});

test("callbacks are called, encodings are known, and writing after the end is refused", async () => {
  const heard: unknown[] = [];
  const app = by(never, (_req, res) => {
    res.write("62", "hex", () => heard.push("written"));
    res.end("c", () => heard.push("ended"));
    res.end("d");
    assert.is(
      res.write("e", (error) => heard.push(error?.message)),
      false,
    );
  });
  assert.is(await textOf(await app(get)), "bc");
  await eventually(() => heard.length === 3);
  assert.equal(heard, ["written", "The response has ended", "ended"]);
  const wrong: ConnectMiddleware = (_req, res) => res.end(5);
  assert.throws(() => by(never, wrong)(get), /must be a string or bytes, got number/);
});

test("HEAD, 204 and 304 have no body, whoever answers", async () => {
  for (const [method, status] of [
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const) {
    const mine = by(never, (_req, res) => {
      res.writeHead(status, { "content-length": 2 });
      res.write("o");
      res.end("k");
    });
    assert.equal(mine({ ...get, method }), { status, headers: { "content-length": "2" }, body: null });
    const theirs = by(answering("ok", { status }), shouting)({ ...get, method });
    assert.is(((await theirs) as Response).body, null);
  }
  assert.equal(by(GET("/", "ok"), shouting)({ ...get, method: "HEAD" }), {
    status: 200,
    headers: { "content-length": "2", "content-type": "text/html; charset=utf-8" },
    body: null,
  });
});

test("finish and close are told once: when the map is made, or the body has been read", async () => {
  for (const [body, ...more] of [["ok"], ["ok", shouting], [null, shouting], [new Blob(["ok"])]] as const) {
    const { heard, middleware } = listening();
    by(answering(body), middleware, ...more)(get);
    assert.equal(heard, []);
    await tick();
    assert.equal(heard, ["finish", "close"]);
  }
  for (const more of [[], [shouting]]) {
    const { heard, middleware } = listening();
    const response = await by(answering(Readable.from(["a", "b"])), ...more, middleware)(get);
    await tick();
    assert.equal(heard, []);
    await textOf(response);
    await eventually(() => heard.length === 2);
    assert.equal(heard, ["finish", "close"]);
  }
});

test("a body that nobody reads to its end is let go of, and its source with it", async () => {
  const { heard, middleware } = listening();
  const source = new Readable({ read() {} });
  source.push("a");
  const response = (await by(answering(source), middleware, shouting)(get)) as Response;
  (response.body as Readable).destroy();
  await eventually(() => source.destroyed && heard.length > 0);
  assert.equal(heard, ["close"]);
});

test("a source that fails before the first piece is an error, and after it the body fails", async () => {
  async function* failing(pieces: string[]) {
    yield* pieces;
    throw new Error("broken");
  }
  const early = await Promise.resolve(by(answering(failing([])), shouting)(get)).catch(
    ({ message }) => message,
  );
  assert.is(early, "broken");
  const begun = await by(answering(failing(["a"])), shouting)(get);
  assert.is(await textOf(begun).catch(({ message }) => message), "broken");
  const objects = await Promise.resolve(by(answering(Readable.from([{}])), shouting)(get)).catch(
    (error) => error,
  );
  assert.match(objects.message, /expected a stream of text or bytes/);
});

test("an error after the first piece cuts the body, at once or later, and is not logged twice", async () => {
  const failures: ConnectMiddleware[] = [
    (_req, res) => {
      res.write("piece");
      throw new Error("broken");
    },
    async (_req, res, next) => {
      res.write("piece");
      await tick();
      next(new Error("broken"));
    },
  ];
  for (const middleware of failures) {
    const lines = await logged(async () => {
      const { body } = (await by(never, middleware)(get))!;
      assert.is(await (body as Readable).toArray().catch(String), "Error: broken");
    });
    assert.is(lines, "");
  }
});

test("a response that middleware destroys is an error", async () => {
  assert.throws(() => by(never, (_req, res) => res.destroy(new Error("cut")))(get), "cut");
  assert.throws(() => by(never, (_req, res) => res.destroy())(get), /destroyed before its end/);
  const begun = by(never, (_req, res) => {
    res.write("a");
    setImmediate(() => res.destroy().destroy());
  });
  assert.match(await textOf(await begun(get)).catch(({ message }) => message), /destroyed before its end/);
});

test("when the client leaves, middleware that waits is not waited for", async () => {
  const controller = new AbortController();
  const { heard, middleware } = listening();
  const waiting = by(never, () => {}, middleware)({ ...get, signal: controller.signal });
  controller.abort();
  const error = await Promise.resolve(waiting).catch((error) => error);
  assert.is(error, controller.signal.reason);
  await tick();
  assert.equal(heard, ["close"]);
  const already = () => by(never, () => {})({ ...get, signal: controller.signal });
  assert.throws(already, (error: unknown) => error === controller.signal.reason);
});

test("when the client leaves, a handler at work is waited for, and its session is there", async () => {
  const controller = new AbortController();
  const body = Readable.from(["a"]);
  const slow: Handler = async () => {
    controller.abort();
    await tick();
    return { status: 200, headers: {}, body, session: { a: 1 } };
  };
  let ends = 0;
  const saving: ConnectMiddleware = (_req, res, next) => {
    const { end } = res;
    Object.assign(res, {
      end() {
        ends++;
        setImmediate(() => end.call(res, undefined, "utf8"));
      },
    });
    next();
  };
  const { session, body: left } = (await by(slow, saving)({ ...get, signal: controller.signal })) as Response;
  assert.equal([session, left, body.destroyed, ends], [{ a: 1 }, null, true, 1]);
});

test("when the client leaves, a body on its way through middleware is not waited for", async () => {
  const controller = new AbortController();
  const holding: ConnectMiddleware = (_req, res, next) => {
    Object.assign(res, { end() {} });
    next();
  };
  const waiting = by(answering("ok", { session: { a: 1 } }), holding)({ ...get, signal: controller.signal });
  controller.abort();
  const { body, session } = (await waiting) as Response;
  assert.equal([body, session], [null, { a: 1 }]);
});

test("a request map becomes a request of Node's", async () => {
  const seen: IncomingMessage[] = [];
  const app = by(ok, (req, _res, next) => {
    seen.push(req);
    next();
  });
  app(ask("PUT", "https://example.com/a?b=1", { headers: { "X-A": "1" }, body: "text" }));
  const [req] = seen as [IncomingMessage];
  assert.equal([req.method, req.url, req.httpVersion], ["PUT", "/a?b=1", "1.1"]);
  assert.equal([req.httpVersionMajor, req.httpVersionMinor], [1, 1]);
  assert.equal(
    [req.headers["x-a"], req.headers.host, req.headers["content-length"]],
    ["1", "example.com", "4"],
  );
  assert.is((req.socket as unknown as { encrypted: boolean }).encrypted, true);
  assert.is(req.socket.remoteAddress, "127.0.0.1");
  assert.is((await req.toArray()).join(""), "text");
});

test("bodies of every kind are read from it, and left alone when nobody asks", async () => {
  for (const body of ["text", Buffer.from("text"), Readable.from(["te", "xt"]), ["te", "xt"]]) {
    let text = "";
    const reading: ConnectMiddleware = async (req, _res, next) => {
      text = (await req.toArray()).join("");
      next();
    };
    await by(ok, reading)({ ...get, method: "POST", body });
    assert.is(text, "text");
  }
  const body = Readable.from(["te", "xt"]);
  by(ok, goOn)({ ...get, method: "POST", body });
  assert.is(body.readableDidRead, false);
  async function* failing() {
    yield "a";
    throw new Error("broken");
  }
  const reading: ConnectMiddleware = async (req) => void (await req.toArray());
  const error = await Promise.resolve(by(ok, reading)({ ...get, body: failing() })).catch((error) => error);
  assert.is(error.message, "broken");
});

test("a handler reads the body that middleware has left alone", async () => {
  const app = by(
    POST("/", ({ params }) => params.name),
    goOn,
  );
  const type = { "content-type": "application/x-www-form-urlencoded" };
  for (const body of ["name=Ada", Readable.from(["name=", "Ada"])]) {
    assert.is(((await app({ ...get, method: "POST", headers: type, body })) as Response).body, "Ada");
  }
});

test("all middleware of a request shares its request, and the handler sees it", () => {
  const naming: ConnectMiddleware = (req, _res, next) => {
    Object.assign(req, { user: "Ada" });
    next();
  };
  const greeting: ConnectMiddleware = (req, res, next) => {
    res.setHeader("x-user", (req as unknown as { user: string }).user);
    next();
  };
  const app = by(
    ({ raw }) => ({ status: 200, headers: {}, body: (raw!.req as { user: string }).user }),
    greeting,
    naming,
  );
  assert.equal(app(get), { status: 200, headers: { "x-user": "Ada" }, body: "Ada" });
});

test("inside a context middleware sees the rest of the path, as Express has it, and all of it again after", () => {
  type Urls = { method: string; url: string; baseUrl: string; originalUrl: string };
  const seen: (string | undefined)[][] = [];
  const noting: ConnectMiddleware = (req, _res, next) => {
    const { method, url, baseUrl, originalUrl } = req as unknown as Urls;
    seen.push([method, url, baseUrl, originalUrl]);
    next();
  };
  const after = around(undefined, (response, { raw }) => {
    const { method, url, baseUrl } = raw!.req as Urls;
    return { ...response, headers: { seen: [method, url, baseUrl].join(" ") } };
  });
  const inner = context("/admin", decorate(GET("/users", "ok"), fromConnect(noting)));
  const app = decorate(inner, after, fromConnect(noting));
  const response = app({ ...get, uri: "/admin/users", queryString: "a=1" }) as Response;
  assert.equal(seen, [
    ["GET", "/admin/users?a=1", "", "/admin/users?a=1"],
    ["GET", "/users?a=1", "/admin", "/admin/users?a=1"],
  ]);
  assert.is(response.headers.seen, "GET /admin/users?a=1 ");
});

test("a form that routes have read is there for middleware, with the method that it asks for", () => {
  type Form = { body: { name: string }; _body: boolean };
  const seen: unknown[] = [];
  const noting: ConnectMiddleware = (req, _res, next) => {
    const { body, _body } = req as unknown as Form;
    seen.push([req.method, { ...body }, _body]);
    next();
  };
  const app = routes(GET("/", "x"), decorate(routes(decorate(ok, fromConnect(noting)))));
  app(ask("POST", "/", { form: { name: "Ada", _method: "put" } }));
  assert.equal(seen, [["PUT", { name: "Ada", _method: "put" }, true]]);
});

test("JSON that has been read is there for middleware, if it is JSON", () => {
  const seen: unknown[] = [];
  const noting: ConnectMiddleware = (req, _res, next) => {
    seen.push((req as unknown as { body: unknown }).body);
    next();
  };
  for (const type of [
    "application/json",
    "application/problem+json; charset=utf-8",
    "text/json",
    "multipart/form-data",
  ]) {
    by(ok, noting)({ ...get, headers: { "content-type": type }, body: Buffer.from('{"a":1}') });
  }
  by(ok, noting)({ ...get, headers: { "content-type": "application/json" }, body: "{" });
  assert.equal(seen, [{ a: 1 }, { a: 1 }, undefined, undefined, undefined]);
});

test("what a body parser has read is there to be read again", async () => {
  const parsing =
    (parsed: unknown): ConnectMiddleware =>
    async (req, _res, next) => {
      await req.toArray();
      Object.assign(req, { body: parsed });
      next();
    };
  const bodyOf = async (type: string, parsed: unknown) => {
    const seen: Request[] = [];
    const keeping: Handler = (request) => {
      seen.push(request);
      return ok(request);
    };
    const headers = { "content-type": type };
    await by(keeping, parsing(parsed))({ ...get, method: "POST", headers, body: Readable.from(["x"]) });
    return seen[0]!.body;
  };
  const form = "application/x-www-form-urlencoded; charset=utf-8";
  assert.is(
    await bodyOf(form, { a: "1", b: ["2", "3"], c: { d: { e: "x y" } } }),
    "a=1&b=2&b=3&c%5Bd%5D%5Be%5D=x+y",
  );
  assert.is(await bodyOf("application/json", { a: [1] }), '{"a":[1]}');
  assert.is(await bodyOf("text/plain", "text"), "text");
  assert.equal(await bodyOf("a/b", Buffer.from("raw")), Buffer.from("raw"));
  for (const type of ["a/b", form, "application/json"]) assert.is(await bodyOf(type, undefined), "");
});

test("the query is there where it is not yet", () => {
  const seen: unknown[] = [];
  const noting: ConnectMiddleware = (req, _res, next) => {
    seen.push({ ...(req as unknown as { query: object }).query });
    next();
  };
  by(ok, noting)({ ...get, queryString: "a=1&b=2&b=%zz" });
  by(ok, noting)(get);
  assert.equal(seen, [{ a: "1", b: ["2", "%zz"] }, {}]);
});

const field = fc.tuple(
  fc.constantFrom("x-a", "X-B", "etag", "set-cookie", "vary"),
  fc.stringMatching(/^[!-~]{1,9}$/),
);
const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 5 });

test("any response comes out of middleware that changes nothing as it went in", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 200, max: 599 }).filter((status) => ![204, 205, 304].includes(status)),
      fc.uniqueArray(field, { selector: ([name]) => name }),
      parts,
      fc.boolean(),
      async (status, fields, parts, isStream) => {
        const headers = Object.fromEntries(fields);
        const whole = Buffer.concat(parts);
        const body = () => (isStream ? Readable.from(parts) : whole);
        const passing: ConnectMiddleware = (_req, res, next) => {
          const { end } = res;
          Object.assign(res, { end: (chunk: unknown) => end.call(res, chunk, "utf8") });
          next();
        };
        for (const middleware of [goOn, passing]) {
          const response = (await by(() => ({ status, headers, body: body() }), middleware)(get))!;
          const bytes =
            response.body instanceof Readable ? await response.body.toArray() : [response.body ?? ""];
          const lowered = fields.map(([name, value]) => [name.toLowerCase(), value]);
          assert.equal([response.status, response.headers], [status, Object.fromEntries(lowered)]);
          assert.ok(Buffer.concat(bytes.map((each) => Buffer.from(each as Uint8Array))).equals(whole));
        }
      },
    ),
  ));

test("what is no response is refused as at the edge, and a body that is not sent is let go of", () => {
  assert.throws(() => by(() => "ok" as never, goOn)(get), /the handler: expected a response map/);
  const body = Readable.from(["a"]);
  assert.throws(() => by(answering(body, { headers: { "x-a": "a\nb" } }), goOn)(get), /Invalid character/);
  assert.is(body.destroyed, true);
});

test("what is no middleware is refused", () => {
  assert.throws(
    () => fromConnect({} as never),
    /fromConnect: expected middleware: a function \(req, res, next\), got \{\}/,
  );
  const handler = (_error: unknown, _req: unknown, _res: unknown, _next: unknown) => {};
  assert.throws(
    () => fromConnect(handler as never),
    /no error handler, got the function handler\. Errors are answered by/,
  );
});

test.run();
