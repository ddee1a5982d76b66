import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { toFetch } from "../../lib/fetch/to.js";
import { file } from "../../lib/file.js";
import { html } from "../../lib/html.js";
import { withSession } from "../../lib/middleware/session.js";
import { setCookie } from "../../lib/response.js";
import { context, GET, POST, routes } from "../../lib/routes.js";
import type {
  Handler,
  Request as RequestMap,
  ResponseBody,
  Response as ResponseMap,
} from "../../lib/types.js";
import { alterSession } from "../../lib/updates.js";

const site = "https://example.com:8443";
const ask = (target: string, init: RequestInit = {}): Request => new Request(`${site}${target}`, init);

/** A fetch handler, and what it logged. */
function logged(handler: Handler) {
  const lines: string[] = [];
  return { lines, fetch: toFetch(handler, { log: (line) => lines.push(line) }) };
}

const mapOf = async (request: Request): Promise<RequestMap> => {
  const seen: RequestMap[] = [];
  await toFetch((map) => {
    seen.push(map);
    return { status: 204, headers: {} };
  })(request);
  return seen[0]!;
};

const sending =
  (body: unknown, headers = {}): Handler =>
  () => ({
    status: 200,
    headers,
    body: body as ResponseBody,
  });

test("the request map is that of the edge, as far as the web tells", async () => {
  const map = await mapOf(ask("/caf%C3%A9;a?b=1&b=2", { headers: { "X-A": "1", Cookie: "a=1" } }));
  const { method, uri, queryString, scheme, serverName, serverPort, protocol, remoteAddr, body, raw } = map;
  assert.equal([method, uri, queryString], ["GET", "/caf%C3%A9;a", "b=1&b=2"]);
  assert.equal([scheme, serverName, serverPort, protocol], ["https", "example.com", 8443, "HTTP/1.1"]);
  assert.equal([remoteAddr, body, raw], [undefined, undefined, undefined]);
  assert.equal({ ...map.headers }, { "x-a": "1", cookie: "a=1", host: "example.com:8443" });
  assert.is((await mapOf(new Request("http://a/"))).serverPort, 80);
  assert.is((await mapOf(new Request("https://a/"))).serverPort, 443);
});

test("the host is that of the address, whatever the host header says", async () => {
  assert.is((await mapOf(ask("/", { headers: { host: "evil.example" } }))).headers.host, "example.com:8443");
});

test("the signal is that of the request", async () => {
  const controller = new AbortController();
  const { signal } = await mapOf(ask("/", { signal: controller.signal }));
  assert.is(signal?.aborted, false);
  controller.abort();
  assert.is(signal?.aborted, true);
});

test("a body is read when somebody asks, and the web request is left alone until then", async () => {
  const request = ask("/", { method: "POST", body: "name=Ada" });
  const { body } = await mapOf(request);
  assert.is(request.bodyUsed, false);
  assert.is(await request.text(), "name=Ada");
  assert.ok(body instanceof Readable);
});

test("forms and routes are as they are at the edge", async () => {
  const app = routes(
    context(
      "/user/:id",
      POST("/name", ({ params }) => `${params.id}: ${params.name}`),
    ),
    GET("/", "Hello"),
  );
  const named = await toFetch(app)(
    ask("/user/7/name", { method: "POST", body: new URLSearchParams({ name: "Ada" }) }),
  );
  assert.equal([named.status, await named.text()], [200, "7: Ada"]);
  assert.is(named.headers.get("content-type"), "text/html; charset=utf-8");
  assert.is(named.headers.get("content-length"), "6");
  const missed = await toFetch(app)(ask("/", { method: "DELETE" }));
  assert.equal([missed.status, missed.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  assert.is((await toFetch(app)(ask("/nowhere"))).status, 404);
});

test("a body that is larger than the limit of a form is 413", async () => {
  const { fetch } = logged(POST("/", "Hello"));
  const body = new URLSearchParams({ a: "x".repeat(1024 * 1024) });
  assert.is((await fetch(ask("/", { method: "POST", body }))).status, 413);
});

test("every kind of body is sent, with its length where that is known", async () => {
  const folder = mkdtempSync(join(tmpdir(), "composure-"));
  writeFileSync(join(folder, "small"), "small");
  writeFileSync(join(folder, "large"), "x".repeat(100_000));
  async function* pieces() {
    yield "a";
    yield Buffer.from("b");
  }
  const cases: [unknown, string, string | null][] = [
    ["café", "café", "5"],
    [new Uint8Array([97, 98]), "ab", "2"],
    [Readable.from(["a", "b"]), "ab", null],
    [new Blob(["ab"]), "ab", "2"],
    [new Blob(["ab"]).stream(), "ab", null],
    [pieces(), "ab", null],
    [["a", "b"], "ab", null],
    [html`<p>`, "<p>", "3"],
    [file(join(folder, "small")), "small", "5"],
    [file(join(folder, "large")), "x".repeat(100_000), "100000"],
  ];
  for (const [body, text, length] of cases) {
    const response = await toFetch(sending(body))(ask("/"));
    assert.is(await response.text(), text);
    assert.is(response.headers.get("content-length"), length);
  }
  rmSync(folder, { recursive: true });
});

test("text brings no type of its own, markup and blobs do", async () => {
  const typeOf = async (body: unknown) =>
    (await toFetch(sending(body))(ask("/"))).headers.get("content-type");
  assert.is(await typeOf("text"), null);
  assert.is(await typeOf(html`<p>`), "text/html; charset=utf-8");
  assert.is(await typeOf(new Blob(["{}"], { type: "application/json" })), "application/json");
});

test("cookies keep to their own fields, and the framing is not the handler's to say", async () => {
  const headers = { "Set-Cookie": ["a=1", "b=2"], "content-length": "99", "transfer-encoding": "chunked" };
  const response = await toFetch(sending("Hello", headers))(ask("/"));
  assert.equal(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(
    [response.headers.get("content-length"), response.headers.get("transfer-encoding")],
    ["5", null],
  );
});

test("HEAD, 204 and 304 have no body, and its source is let go of", async () => {
  for (const [method, status] of [
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const) {
    const body = Readable.from(["a"]);
    const response = await toFetch(() => ({ status, headers: {}, body }))(ask("/", { method }));
    assert.equal([response.status, response.body, body.destroyed], [status, null, true]);
  }
  const head = await toFetch(GET("/", "Hello"))(ask("/", { method: "HEAD" }));
  assert.equal([head.body, head.headers.get("content-length")], [null, "5"]);
});

test("what a handler throws is answered, and logged where it is the server's fault", async () => {
  const { lines, fetch } = logged(({ uri }) => {
    throw uri === "/mine" ? httpError(409, "Taken") : new Error("secret");
  });
  const [mine, fault] = [await fetch(ask("/mine")), await fetch(ask("/fault"))];
  assert.equal([mine.status, await mine.text()], [409, "Taken"]);
  assert.equal([fault.status, (await fault.text()).includes("secret")], [500, false]);
  assert.equal(lines, ["GET /fault: secret"]);
});

test("a malformed escape in the path is 400", async () => {
  const { lines, fetch } = logged(sending("Hello"));
  assert.is((await fetch(ask("/%zz"))).status, 400);
  assert.equal(lines, []);
});

test("what cannot be sent is a 500, and the log says why", async () => {
  const cases: [unknown, RegExp][] = [
    [{ status: 99, headers: {} }, /expected a status from 200 to 599, got 99/],
    ["Hello", /expected a response map/],
    [{ status: 200, headers: {}, session: { a: 1 } }, /no withSession around this handler, so its session/],
    [{ status: 200, headers: { "x-a": "a\nb" } }, /header/i],
    [{ status: 200, headers: {}, body: { file: "/nowhere/at/all" } }, /ENOENT/],
    [{ status: 200, headers: {}, body: 5 }, /expected a body of text/],
  ];
  for (const [response, line] of cases) {
    const { lines, fetch } = logged(() => response as ResponseMap);
    assert.is((await fetch(ask("/"))).status, 500);
    assert.is(lines.length, 1);
    assert.match(lines[0]!, line);
  }
});

test("a stream that is cancelled is destroyed, and one that nobody reads is not begun", async () => {
  let reads = 0;
  const source = new Readable({
    read() {
      reads++;
      this.push("x");
    },
    highWaterMark: 1,
  });
  const { lines, fetch } = logged(sending(source));
  const response = await fetch(ask("/"));
  await response.body!.cancel();
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(source.destroyed, true);
  assert.ok(reads < 100);
  assert.equal(lines, []);
});

test("a stream is destroyed when the client leaves", async () => {
  const controller = new AbortController();
  const source = new Readable({ read() {} });
  source.push("begun");
  const { lines, fetch } = logged(sending(source));
  const response = await fetch(ask("/", { signal: controller.signal }));
  const reader = response.body!.getReader();
  await reader.read();
  controller.abort();
  await new Promise((resolve) => source.once("close", resolve));
  assert.is(await reader.read().catch(({ name }) => name), "AbortError");
  assert.equal(lines, []);
});

test("a stream that fails, or is not as long as announced, fails on the web and is logged", async () => {
  async function* failing() {
    yield "a";
    throw new Error("broken");
  }
  for (const [handler, line] of [
    [sending(failing()), /broken/],
    [sending(Readable.from(["abc"]), { "content-length": "2" }), /content-length, which is 2/],
  ] as const) {
    const { lines, fetch } = logged(handler);
    const response = await fetch(ask("/"));
    assert.instance(await response.text().catch((error) => error), Error);
    await new Promise(setImmediate);
    assert.is(lines.length, 1);
    assert.match(lines[0]!, line);
  }
});

test("an app with sessions runs on nothing but the web", async () => {
  const count = alterSession((session) => ({ count: Number(session.count ?? 0) + 1 }));
  const app = decorate(
    GET("/", () => [count, setCookie("seen", "1"), ({ session }) => String(session.count)]),
    withSession({ type: "memory" }),
  );
  const fetch = toFetch(app);
  const first = await fetch(ask("/"));
  assert.is(await first.text(), "1");
  const cookies = first.headers.getSetCookie();
  assert.is(cookies.length, 2);
  const cookie = cookies.map((text) => text.split(";")[0]).join("; ");
  assert.is(await (await fetch(ask("/", { headers: { cookie } }))).text(), "2");
  assert.is(await (await fetch(ask("/", { headers: { cookie } }))).text(), "3");
});

test("what is no handler, and options that are none, are refused", () => {
  assert.throws(() => toFetch(5 as never), /toFetch: expected a handler \(a function\) first, got 5/);
  assert.throws(
    () => toFetch(GET("/", ""), { lag: 1 } as never),
    /toFetch: expected options among log, got "lag"/,
  );
  assert.throws(
    () => toFetch(GET("/", ""), { log: 1 } as never),
    /toFetch: expected a function as "log", got 1/,
  );
});

test("a response that wants to take its connection over is a 500 that is logged", async () => {
  const { lines, fetch } = logged(() => ({ status: 200, headers: {}, upgrade: () => {} }));
  assert.is((await fetch(ask("/"))).status, 500);
  assert.match(lines.join(), /^GET \/: toFetch: a web response cannot take its connection over/);
});

test.run();
