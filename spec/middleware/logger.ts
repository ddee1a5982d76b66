import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { file } from "../../lib/file.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { type LogEntry, type LoggerOptions, withLogger } from "../../lib/middleware/logger.js";
import { withRequestId } from "../../lib/middleware/request-id.js";
import { context, GET, routes } from "../../lib/routes.js";
import { listener, upgrader } from "../../lib/server.js";
import type { RequestTrace } from "../../lib/traced.js";
import type { Handler, Request, Response } from "../../lib/types.js";
import { temporary } from "../house/child.js";
import { eventually } from "../house/eventually.js";
import { asking, dial, say, serving } from "../server/wire.js";

const get = (uri: string, more: Partial<Request> = {}): Request => ({
  method: "GET",
  uri,
  headers: {},
  ...more,
});

/** A decorator that keeps its entries. */
function keeping(options: LoggerOptions = {}) {
  const entries: LogEntry[] = [];
  const sink = (line: string) => void entries.push(JSON.parse(line));
  return { entries, log: withLogger({ format: "json", sink, ...options }) };
}

const fault = new Error("a fault");

const app = routes(
  GET("/", "Hello é"),
  context("/user/:id", GET("/:page", "Ada")),
  GET("/slow", async () => "Hello"),
  GET("/throws", () => {
    throw fault;
  }),
  GET("/refuses", async () => {
    throw httpError(413, "Too much");
  }),
);

/** The entry of a call. */
async function entryOf(request: Request, handler: Handler = app): Promise<LogEntry> {
  const { entries, log } = keeping();
  try {
    await log(handler)(request);
  } catch {
    // It is logged, too.
  }
  assert.is(entries.length, 1);
  return entries[0] as LogEntry;
}

const parts = ({ route, status, bytes, aborted }: LogEntry) => [route, status, bytes, aborted];

test("a call is logged with the route, the status and the bytes", async () => {
  assert.equal(parts(await entryOf(get("/"))), ["/", 200, 8, false]);
  assert.equal(parts(await entryOf(get("/user/1/photos"))), ["/user/:id/:page", 200, 3, false]);
  assert.equal(parts(await entryOf(get("/slow"))), ["/slow", 200, 5, false]);
});

test("what is left open is logged as the edge will answer it, and stays open", async () => {
  assert.equal(parts(await entryOf(get("/nowhere"))), [undefined, 404, 9, false]);
  assert.equal(parts(await entryOf(get("/", { method: "POST" }))), [undefined, 405, 18, false]);
  assert.equal(parts(await entryOf(get("/", { method: "OPTIONS" }))), [undefined, 204, 0, false]);
  assert.equal(parts(await entryOf(get("/throws"))), ["/throws", 500, 21, false]);
  assert.equal(parts(await entryOf(get("/refuses"))), ["/refuses", 413, 8, false]);
  const { log } = keeping();
  assert.is(log(app)(get("/nowhere")), null);
  assert.throws(() => log(app)(get("/throws")), /a fault/);
});

test("HEAD and statuses without a body have no bytes", async () => {
  assert.is((await entryOf(get("/", { method: "HEAD" }))).bytes, 0);
  for (const status of [204, 205, 304]) {
    assert.is((await entryOf(get("/"), () => ({ status, headers: {}, body: "x" }))).bytes, 0);
  }
});

test("the length of a body is told where it is known", async () => {
  const path = join(temporary("log"), "five.txt");
  writeFileSync(path, "12345");
  const bytes = async (body: Response["body"], headers = {}) =>
    (await entryOf(get("/"), () => ({ status: 200, headers, body }))).bytes;
  assert.is(await bytes(new Uint8Array(3)), 3);
  assert.is(await bytes(new Blob(["ab"])), 2);
  assert.is(await bytes(file(path)), 5);
  assert.is(await bytes(null), 0);
  assert.is(await bytes(undefined), 0);
  assert.is(await bytes(Readable.from(["abc"]), { "content-length": "3" }), 3);
  assert.is(await bytes(Readable.from(["abc"])), undefined);
  assert.is(await bytes(file(`${path}.gone`)), undefined);
});

test("an entry says who asked for what", async () => {
  const headers = { "user-agent": "a browser", referer: "http://a.example/page?token=1#top" };
  const request = {
    ...get("/", { headers }),
    queryString: "token=2",
    protocol: "HTTP/1.1",
    remoteAddr: "::1",
  };
  const { time, duration, ...entry } = await entryOf({ ...request, requestId: "id-1" });
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.type(duration, "number");
  assert.equal(entry, {
    method: "GET",
    path: "/",
    protocol: "HTTP/1.1",
    route: "/",
    status: 200,
    bytes: 8,
    remoteAddr: "::1",
    userAgent: "a browser",
    referer: "http://a.example/page",
    requestId: "id-1",
    aborted: false,
  });
});

test("a request map of one line is enough", async () => {
  const entry = await entryOf({ method: "GET" } as Request);
  assert.equal([entry.path, entry.status], ["/", 200]);
});

test("the id of withRequestId around it is in the line", async () => {
  const { entries, log } = keeping();
  await decorate(app, withErrors(), log, withRequestId())(get("/", { headers: { "x-request-id": "abc" } }));
  assert.is(entries[0]?.requestId, "abc");
});

const handover = { req: {}, headers: {}, report: () => {} };

test("an upgrade is logged as 101 when the connection is handed over, and not again when it is over", async () => {
  const upgrading: Handler = () => ({ status: 200, headers: {}, upgrade: () => {} });
  const res = new EventEmitter();
  const { entries, log } = keeping();
  await log(upgrading)(get("/"));
  const response = (await log(upgrading)(get("/", { raw: { req: {}, res } }))) as Response;
  assert.is(entries.length, 1);
  await response.upgrade?.(handover);
  res.emit("close");
  assert.equal(entries.map(parts), Array(2).fill([undefined, 101, 0, false]));
  const { status } = await entryOf(get("/"), () => ({ ...(upgrading(get("/")) as Response), status: 403 }));
  assert.is(status, 403);
});

test("an upgrade that fails is logged as what is sent in its place", async () => {
  const failing: Handler = () => ({
    status: 200,
    headers: {},
    upgrade: () => Promise.reject(new Error("no")),
  });
  const res = Object.assign(new EventEmitter(), {
    headersSent: true,
    statusCode: 500,
    writableFinished: true,
  });
  const { entries, log } = keeping();
  const response = (await log(failing)(get("/", { raw: { req: {}, res } }))) as Response;
  const failed = await Promise.resolve(response.upgrade?.(handover)).catch((error: Error) => error.message);
  assert.is(failed, "no");
  assert.equal(entries, []);
  res.emit("close");
  assert.equal(
    entries.map(({ status }) => status),
    [500],
  );
});

test("the answer is the handler's own, at once where it is", async () => {
  const response = { status: 200, headers: {}, body: Readable.from(["a"]) };
  const { log } = keeping();
  assert.is(log(() => response)(get("/")), response);
  assert.is(await log(async () => response)(get("/")), response);
});

/* Formats and sinks */

const linesOf = (options: LoggerOptions, request: Request): string[] => {
  const lines: string[] = [];
  withLogger({ sink: (line) => lines.push(line), ...options })(app)(request);
  return lines;
};

test("the combined format is the default", () => {
  const [line] = linesOf({}, get("/", { remoteAddr: "::1", protocol: "HTTP/1.1" }));
  assert.match(
    line as string,
    /^::1 - - \[.+\] "GET \/ HTTP\/1\.1" 200 8 "-" "-" route="\/" duration=[\d.]+$/,
  );
});

test("a format of one's own gets the entry and the request", () => {
  const format = ({ status, route }: LogEntry, { queryString }: Request) =>
    `${status} ${route} ${queryString}`;
  assert.equal(linesOf({ format }, get("/", { queryString: "a=1" })), ["200 / a=1"]);
});

test("lines go to standard output by default", () => {
  const lines: unknown[][] = [];
  const { log } = console;
  console.log = (...line) => lines.push(line);
  withLogger({ format: () => "100 %d" })(app)(get("/"));
  console.log = log;
  assert.equal(lines, [["100 %d"]]);
});

test("a sink or format that fails disturbs nothing, and is told of", async () => {
  const told: unknown[][] = [];
  const { error } = console;
  console.error = (...line) => told.push(line);
  const failing = () => {
    throw fault;
  };
  for (const options of [{ sink: failing }, { sink: async () => failing() }, { format: failing }]) {
    const { status } = withLogger(options)(app)(get("/")) as Response;
    assert.is(status, 200);
  }
  await new Promise((resolve) => setImmediate(resolve));
  console.error = error;
  assert.equal(told, Array(3).fill(["%s (the log failed: %s)", "GET /", "a fault"]));
});

test("without a sink there are events, and no lines", () => {
  const told: RequestTrace[] = [];
  const note = (message: unknown): void => void told.push(message as RequestTrace);
  subscribe("tracing:composure:request:end", note);
  withLogger({ sink: false })(app)(get("/user/1/photos"));
  unsubscribe("tracing:composure:request:end", note);
  assert.equal(
    told.map(({ route, response }) => [route, response?.status]),
    [["/user/:id/:page", 200]],
  );
});

test("a wrong option fails when the decorator is made", () => {
  const make = (options: unknown) => () => withLogger(options as LoggerOptions);
  assert.throws(make({ stream: 1 }), /^withLogger: expected options among format, sink, got "stream"/);
  for (const format of ["common", null, "toString", 1]) {
    assert.throws(
      make({ format }),
      /^withLogger: expected "combined", "json" or a function as "format", got /,
    );
  }
  for (const sink of [true, null, process.stdout, "file"]) {
    assert.throws(
      make({ sink }),
      /^withLogger: expected a function that takes a line, or false, as "sink", got /,
    );
  }
});

/* Over the wire */

async function* pieces(count: number) {
  for (let i = 0; i < count; i++) yield "12345";
}

/** A source that has one piece, and then waits. */
const waiting = (): Readable => {
  const source = new Readable({ read() {} });
  source.push("12345");
  return source;
};

const large = Buffer.alloc(100_000_000);

const served = (sources: Readable[] = []): Handler =>
  routes(
    app,
    GET("/pieces", () => pieces(100)),
    GET("/large", () => large),
    GET("/never", () => new Promise<null>(() => {})),
    GET("/waiting", () => {
      const source = waiting();
      sources.push(source);
      return source;
    }),
    GET("/strange", () => new Readable({ objectMode: true, read() {} }).destroy()),
    (request) => (request.uri === "/malformed" ? ({ status: 999 } as Response) : null),
  );

test("over the wire the line comes once the response was sent, with what was sent", async () => {
  const { entries, log } = keeping();
  await serving(log(served()), async ({ port }) => {
    const logged = async (line: string) => {
      const before = entries.length;
      await say(port, asking(line));
      await eventually(() => entries.length > before);
      return parts(entries.at(-1) as LogEntry);
    };
    assert.equal(await logged("GET /"), ["/", 200, 8, false]);
    assert.equal(await logged("HEAD /"), ["/", 200, 0, false]);
    assert.equal(await logged("GET /pieces"), ["/pieces", 200, 500, false]);
    assert.equal(await logged("HEAD /pieces"), ["/pieces", 200, 0, false]);
    assert.equal(await logged("GET /nowhere"), [undefined, 404, 9, false]);
    assert.equal(await logged("PUT /"), [undefined, 405, 18, false]);
    assert.equal(await logged("GET /throws"), ["/throws", 500, 21, false]);
    assert.equal(await logged("GET /refuses"), ["/refuses", 413, 8, false]);
    assert.equal(await logged("GET /malformed"), [undefined, 500, undefined, false]);
    assert.equal(await logged("GET /strange"), ["/strange", 500, undefined, false]);
    assert.is(entries.length, 10);
  });
});

test("a refused WebSocket was not cut", async () => {
  const { entries, log } = keeping();
  const handler = log(served());
  await serving(handler, async ({ port, server }) => {
    server.on("upgrade", upgrader(handler));
    await say(port, "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    await eventually(() => entries.length === 1);
    assert.equal(parts(entries[0] as LogEntry), ["/", 200, 8, false]);
  });
});

test("each request of a connection that is kept has its line", async () => {
  const { entries, log } = keeping();
  await serving(log(served()), async ({ url }) => {
    for (let i = 0; i < 20; i++) await (await fetch(`${url}/`)).text();
    await eventually(() => entries.length === 20);
    assert.ok(entries.every(({ aborted }) => !aborted));
  });
});

test("a client that leaves is logged as such, wherever the response was", async () => {
  const { entries, log } = keeping();
  const sources: Readable[] = [];
  await serving(log(served(sources)), async ({ port, server }) => {
    const left = async (uri: string, isUnderWay: (text: string) => boolean) => {
      const before = entries.length;
      const socket = dial(port, `GET ${uri} HTTP/1.1\r\nhost: a\r\n\r\n`);
      const asked = new Promise((resolve) => server.once("request", resolve));
      let text = "";
      if (uri !== "/large") socket.setEncoding("latin1").on("data", (chunk) => (text += chunk));
      await asked;
      await eventually(() => isUnderWay(text));
      socket.destroy();
      await eventually(() => entries.length > before);
      return parts(entries.at(-1) as LogEntry);
    };
    assert.equal(await left("/never", () => true), ["/never", 499, 0, true]);
    assert.equal(await left("/waiting", (text) => text.includes("12345")), ["/waiting", 200, 5, true]);
    await eventually(() => sources[0]?.destroyed === true);
    assert.equal(await left("/large", () => true), ["/large", 200, large.length, true]);
    assert.is(entries.length, 3);
  });
});

test("an answer that comes after the client has left is let go of, and has no second line", async () => {
  const { entries, log } = keeping();
  const source = waiting();
  let answer = (_: Response): void => {};
  const handler: Handler = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await serving(log(handler), async ({ port, server }) => {
    const socket = dial(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await new Promise((resolve) => server.once("request", resolve));
    socket.destroy();
    await eventually(() => entries.length === 1);
    answer({ status: 200, headers: {}, body: source });
    await eventually(() => source.destroyed);
    assert.equal(entries.map(parts), [[undefined, 499, 0, true]]);
  });
});

test("responses that wait behind another on a connection that breaks have their lines", async () => {
  const { entries, log } = keeping();
  await serving(log(served()), async ({ port }) => {
    const line = (uri: string) => `GET ${uri} HTTP/1.1\r\nhost: a\r\n\r\n`;
    const socket = dial(port, line("/never") + line("/slow") + line("/"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.is(entries.length, 0);
    socket.destroy();
    await eventually(() => entries.length === 3);
    assert.ok(entries.every(({ aborted }) => aborted));
  });
});

test("over HTTP/2 a response that was cut is told from one that was sent", async () => {
  const { entries, log } = keeping();
  const server = createServer(listener(log(served()), { log: () => {} }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = (path: string, cut: boolean) => {
    const before = entries.length;
    const stream = session.request({ ":path": path });
    stream.on("error", () => {}).resume();
    if (cut) setTimeout(() => stream.close(8), 50);
    return eventually(() => entries.length > before);
  };
  try {
    await ask("/", false);
    await ask("/pieces", false);
    await ask("/nowhere", false);
    await ask("/waiting", true);
    await ask("/never", true);
    assert.equal(entries.map(parts), [
      ["/", 200, 8, false],
      ["/pieces", 200, 500, false],
      [undefined, 404, 9, false],
      ["/waiting", 200, 5, true],
      ["/never", 499, 0, true],
    ]);
  } finally {
    session.destroy();
    server.close();
  }
});

test("events are told in the context that the server was called in", async () => {
  const span = new AsyncLocalStorage<{ route?: string | undefined }>();
  const spans: { route?: string | undefined }[] = [];
  const name = (message: unknown): void => {
    Object.assign(span.getStore() ?? {}, { route: (message as RequestTrace).route });
  };
  const events = ["end", "asyncEnd"].map((event) => `tracing:composure:request:${event}`);
  for (const event of events) subscribe(event, name);
  const handler = withLogger({ sink: false })(app);
  const spanned: Handler = (request) => {
    const store = {};
    spans.push(store);
    return span.run(store, () => handler(request));
  };
  await serving(spanned, async ({ url }) => {
    for (const uri of ["/user/1/photos", "/slow", "/nowhere"]) await (await fetch(url + uri)).text();
  });
  for (const event of events) unsubscribe(event, name);
  assert.equal(spans, [{ route: "/user/:id/:page" }, { route: "/slow" }, { route: undefined }]);
});

test.run();
