import { Readable } from "node:stream";
import { Hono } from "hono";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromFetch } from "../../lib/fetch/from.js";
import { context, POST, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import { request as ask } from "../../lib/testing/request.js";
import type { Request as RequestMap } from "../../lib/types.js";

const plain = (uri: string, more: object = {}): RequestMap => ({ method: "GET", uri, headers: {}, ...more });

/** What a fetch handler gets of a request. */
async function seen(request: RequestMap): Promise<Request> {
  const got: Request[] = [];
  await fromFetch((request) => {
    got.push(request);
    return new Response("ok");
  })(request);
  return got[0]!;
}

/** The status of what a request is refused with. */
const refusal = (request: RequestMap): number => {
  try {
    fromFetch(() => null)(request);
    return 0;
  } catch (error) {
    return (error as { status: number }).status;
  }
};

test("the web request has the address, the fields and the method of the map", async () => {
  const request = ask("PUT", "/a%20b?c=d", { headers: { host: "example.com:81", "x-a": "1" }, body: "text" });
  const web = await seen(request);
  assert.equal([web.method, web.url], ["PUT", "http://example.com:81/a%20b?c=d"]);
  assert.equal([web.headers.get("x-a"), await web.text()], ["1", "text"]);
});

test("a map without a host is asked where it was asked", async () => {
  assert.is((await seen(plain("/"))).url, "http://localhost/");
  assert.is(
    (await seen(plain("/", { serverName: "::1", serverPort: 81, scheme: "https" }))).url,
    "https://[::1]:81/",
  );
  assert.is((await seen(plain("/", { serverName: "127.0.0.1" }))).url, "http://127.0.0.1/");
});

test("a context takes its part of the path", async () => {
  const app = context(
    "/api/:version",
    fromFetch((request) => new Response(new URL(request.url).pathname)),
  );
  const response = await app(ask("GET", "/api/2/users/1?x"));
  assert.is(await new Response(response!.body as ReadableStream).text(), "/users/1");
});

test("bodies of every kind arrive, and GET and HEAD bring none", async () => {
  const bodies = ["text", Buffer.from("text"), Readable.from(["te", "xt"]), ["te", "xt"]];
  for (const body of bodies) {
    assert.is(await (await seen(plain("/", { method: "POST", body }))).text(), "text");
  }
  for (const method of ["GET", "HEAD"]) {
    assert.is((await seen(plain("/", { method, body: "text" }))).body, null);
  }
});

test("a body that nobody reads is not begun, and one left midway is not destroyed", async () => {
  const body = Readable.from(["te", "xt"]);
  const web = await seen(plain("/", { method: "POST", body }));
  assert.is(body.readableDidRead, false);
  const reader = web.body!.getReader();
  await reader.read();
  await reader.cancel();
  assert.is(body.destroyed, false);
});

test("the signal is that of the map", async () => {
  const controller = new AbortController();
  const { signal } = await seen(plain("/", { signal: controller.signal }));
  controller.abort();
  assert.is(signal.aborted, true);
});

test("hosts, paths and methods that no web request can have are 400", () => {
  for (const host of ["a/b", "evil@host", "a b", "[::1", "a:99999", "1.2.3.4.5", "%zz", "a?b", "a\\b"]) {
    assert.is(refusal(plain("/", { headers: { host } })), 400, host);
  }
  for (const uri of ["/a/../b", "/..", "/%2e%2E/a", "/.", "/a\\..\\b", "/a\tb", "/a/.%2e"]) {
    assert.is(refusal(plain(uri)), 400, uri);
  }
  for (const method of ["TRACE", "CONNECT", "NOT A METHOD"]) assert.is(refusal(plain("/", { method })), 400);
  assert.is(refusal(plain("/", { headers: { "x-a": "a\nb" } })), 400);
});

test("a path never becomes another one, nor a query or a host", async () => {
  for (const path of ["//evil.example/a", "/a%2F..%2Fb", "/a..b/...", "/a;b=c", "/%5C"]) {
    assert.is(new URL((await seen(plain(path))).url).pathname, path);
  }
  assert.is((await seen(plain("/a#b?c"))).url, "http://localhost/a%23b%3Fc");
});

test("the response map has the status, the fields and the body; each cookie is its own", async () => {
  const headers = new Headers({ "X-A": "1", "content-type": "text/plain" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const response = (await fromFetch(() => new Response("made", { status: 201, headers }))(plain("/")))!;
  assert.is(response.status, 201);
  assert.equal(response.headers, { "content-type": "text/plain", "set-cookie": ["a=1", "b=2"], "x-a": "1" });
  assert.ok(response.body instanceof ReadableStream);
  assert.is((await fromFetch(() => new Response(null, { status: 204 }))(plain("/")))!.body, null);
});

test("a response that is there at once is no promise; null and undefined are not mine", () => {
  assert.equal(fromFetch(() => new Response(null))(plain("/")), { status: 200, headers: {}, body: null });
  assert.is(fromFetch(() => null)(plain("/")), null);
  assert.is(fromFetch(() => undefined)(plain("/")), null);
});

test("what is no response, or none that can be sent, is a TypeError", () => {
  assert.throws(
    () => fromFetch(() => "text" as never)(plain("/")),
    /fromFetch: expected its function to give a Response, got "text"/,
  );
  assert.throws(() => fromFetch(() => ({}) as never)(plain("/")), /got \{\}/);
  assert.throws(() => fromFetch(() => Response.error())(plain("/")), /a status from 200 to 599, got 0/);
  assert.throws(() => fromFetch({} as never), /Of a Hono app that is app.fetch/);
});

test("what the function throws or rejects with comes out", async () => {
  const error = new Error("broken");
  const throwing = () => {
    throw error;
  };
  assert.throws(() => fromFetch(throwing)(plain("/")), "broken");
  const got = await Promise.resolve(fromFetch(async () => throwing())(plain("/"))).catch((error) => error);
  assert.is(got, error);
});

test("a Hono app under a context reads JSON and forms, also after routes has read them", async () => {
  const hono = new Hono()
    .get("/hello/:name", (c) => c.text(`Hello ${c.req.param("name")}`))
    .post("/json", async (c) => c.json(await c.req.json()))
    .post("/form", async (c) => c.text(String((await c.req.parseBody()).name)))
    .get("/stream", (c) => c.body(new Blob(["streamed"]).stream()));
  const app = routes(POST("/other", "Other"), context("/api", fromFetch(hono.fetch)));
  const { url, close } = await serve(app, { port: 0, signals: false, log: () => {} });
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}/api${path}`, init);
    return [response.status, await response.text()];
  };
  const post = { method: "POST", headers: { "content-type": "application/json" } };
  assert.equal(await get("/hello/Ada"), [200, "Hello Ada"]);
  assert.equal(await get("/json", { ...post, body: '{"a":[1]}' }), [200, '{"a":[1]}']);
  assert.equal(await get("/form", { method: "POST", body: new URLSearchParams({ name: "Ada" }) }), [
    200,
    "Ada",
  ]);
  assert.equal(await get("/stream"), [200, "streamed"]);
  assert.equal(await get("/nowhere"), [404, "404 Not Found"]);
  assert.equal(await get("/form", { method: "POST", body: "x".repeat(200_000) }), [200, "undefined"]);
  const form = new FormData();
  form.set("name", new Blob(["x".repeat(100_000)]), "a.txt");
  form.append("name", "Ada");
  assert.equal(await get("/form", { method: "POST", body: form }), [200, "Ada"]);
  await close({ grace: 1 });
});

test.run();
