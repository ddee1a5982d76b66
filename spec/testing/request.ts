import { test } from "uvu";
import * as assert from "uvu/assert";
import { json } from "../../lib/response.js";
import { POST } from "../../lib/routes.js";
import { request } from "../../lib/testing/request.js";
import type { Response } from "../../lib/types.js";

test("a request is a plain map, whole as the edge makes it", () => {
  assert.equal(request("get", "/a%20b?c=1"), {
    method: "GET",
    uri: "/a%20b",
    queryString: "c=1",
    headers: { host: "localhost" },
    scheme: "http",
    protocol: "HTTP/1.1",
    serverName: "localhost",
    serverPort: 80,
    remoteAddr: "127.0.0.1",
    body: undefined,
  });
  const { scheme, serverName, serverPort, headers } = request("GET", "https://a.com:8443/");
  assert.equal([scheme, serverName, serverPort, headers.host], ["https", "a.com", 8443, "a.com:8443"]);
});

test("a hostile path stays as it is", () => {
  for (const path of ["/a/../b", "//evil/x", "/%2e%2e/", "/a b"]) assert.is(request("GET", path).uri, path);
  assert.equal(
    [request("GET", "/?a=1?b").queryString, request("GET", "/a?").queryString],
    ["a=1?b", undefined],
  );
});

test("a query, a form, cookies and headers are written as a browser would", () => {
  const given = request("POST", "/x?a=1", {
    query: { b: ["2", "3"] },
    form: { name: "Ada & co", n: 1 },
    cookies: { c: "é" },
    headers: { "X-A": "y" },
  });
  assert.is(given.queryString, "a=1&b=2&b=3");
  assert.is(given.headers.cookie, "c=%C3%A9");
  assert.is(given.headers["x-a"], "y");
  const seen = POST("/x", ({ params, cookies }) => json([params.name, params.n, params.b, cookies.c]))(
    given,
  ) as Response;
  assert.is(seen.body, '["Ada & co","1","3","é"]');
});

test("JSON and bodies of one's own", () => {
  assert.equal(request("POST", "/", { json: { a: 1 } }).headers["content-type"], "application/json");
  assert.is(request("POST", "/", { json: { a: 1 } }).body, '{"a":1}');
  assert.is(request("POST", "/", { body: "é" }).headers["content-length"], "2");
});

test("wrong arguments are refused", () => {
  assert.throws(() => request(5 as never, "/"), /request: expected a method such as "GET" first, got 5/);
  assert.throws(() => request("GET", 5 as never), /request: expected a path or an address second, got 5/);
});

test.run();
