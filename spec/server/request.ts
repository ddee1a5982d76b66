import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Handler, noted, type Request } from "../../lib/types.js";
import { asking, ok, say, serving } from "./wire.js";

/** Serves a handler that keeps the requests that it gets. */
const kept = (spec: (port: number, requests: Request[]) => Promise<void>): Promise<void> => {
  const requests: Request[] = [];
  const keeping: Handler = (request) => {
    requests.push(request);
    return ok();
  };
  return serving(keeping, ({ port }) => spec(port, requests));
};

const status = (answer: string): string => answer.slice(9, 12);

test("the request map says what was asked", () =>
  kept(async (port, requests) => {
    await say(port, asking("GET /a%20b?x=1?&y"));
    const [request] = requests;
    assert.is(request?.method, "GET");
    assert.is(request?.uri, "/a%20b");
    assert.is(request?.queryString, "x=1?&y");
    assert.is(request?.scheme, "http");
    assert.is(request?.protocol, "HTTP/1.1");
    assert.is(request?.serverName, "example.com");
    assert.is(request?.serverPort, port);
    assert.is(request?.remoteAddr, "127.0.0.1");
    assert.is(request?.body, undefined);
    assert.is(request?.signal?.aborted, false);
    assert.ok(request?.raw);
    assert.equal(request?.[noted], { allow: [], declined: false, route: undefined });
  }));

test("every request is born with the same keys, and derives as a plain map", () =>
  kept(async (port, requests) => {
    await say(port, asking("GET /"));
    await say(port, `${asking("POST /?a", "content-length: 1", "cookie: a=1")}x`);
    const [first, second] = requests as [Request, Request];
    assert.equal(Object.keys(first), Object.keys(second));
    assert.ok(Object.keys(first).includes("pathInfo"));
    const derived = { ...second, uri: "/other" };
    assert.is(derived.uri, "/other");
    assert.is(derived.headers.cookie, "a=1");
    assert.is(derived.body, second.body);
  }));

test("header names are lower case, repeated fields are joined, cookies by semicolons", () =>
  kept(async (port, requests) => {
    const fields = ["X-Tag: a", "x-tag: b", "Cookie: a=1", "cookie: b=2", "__proto__: c", "Content-Type: d"];
    await say(port, asking("GET /", ...fields));
    const { headers } = requests[0] as Request;
    assert.equal(Object.keys(headers), [
      "host",
      "connection",
      "x-tag",
      "cookie",
      "__proto__",
      "content-type",
    ]);
    assert.is(headers["x-tag"], "a, b");
    assert.is(headers.cookie, "a=1; b=2");
    assert.is(Reflect.get(headers, "__proto__"), "c");
    assert.is(headers.toString, undefined);
  }));

test("a body is there where one is announced", () =>
  kept(async (port, requests) => {
    await say(port, `${asking("POST /", "content-length: 2")}ab`);
    await say(port, `${asking("POST /", "Transfer-Encoding: chunked")}0\r\n\r\n`);
    await say(port, asking("POST /", "content-length: 0"));
    await say(port, asking("POST /"));
    assert.equal(
      requests.map(({ body }) => body !== undefined),
      [true, true, false, false],
    );
  }));

test("a target in absolute form counts as its path, and its host as the host", () =>
  kept(async (port, requests) => {
    await say(port, asking("GET http://other.example:81/path?q"));
    await say(port, asking("GET HTTPS://other.example"));
    await say(port, asking("GET http://other.example?q"));
    assert.equal(
      requests.map(({ uri, queryString, serverName, headers }) => [
        uri,
        queryString,
        serverName,
        headers.host,
      ]),
      [
        ["/path", "q", "other.example", "other.example:81"],
        ["/", undefined, "other.example", "other.example"],
        ["/", "q", "other.example", "other.example"],
      ],
    );
  }));

test("a malformed target is 400 and never reaches the handler", () =>
  kept(async (port, requests) => {
    const targets = [
      "path",
      "/a#b",
      "/\xe9",
      "http://",
      "http:///a",
      "http://a@b/",
      "ftp://a/",
      "*",
      "http://a b/",
    ];
    for (const target of targets) assert.is(status(await say(port, asking(`GET ${target}`))), "400", target);
    assert.is(requests.length, 0);
  }));

test("OPTIONS * asks about the server", () =>
  kept(async (port, requests) => {
    assert.is(status(await say(port, asking("OPTIONS *"))), "204");
    assert.is(requests.length, 0);
  }));

test("a malformed or second host is 400", () =>
  kept(async (port, requests) => {
    const get = (...hosts: string[]) =>
      `GET / HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join("")}connection: close\r\n\r\n`;
    for (const hosts of [["a b"], ["a@b"], ["a/b"], ["[::1"], ["a:x"], ["a", "a"], ["a", "b"], []]) {
      assert.is(status(await say(port, get(...hosts))), "400", String(hosts));
    }
    assert.is(requests.length, 0);
    for (const host of ["a", "a:80", "[::1]:80", ""])
      assert.is(status(await say(port, get(host))), "200", host);
    assert.equal(
      requests.map(({ serverName }) => serverName),
      ["a", "a", "[::1]", "127.0.0.1"],
    );
  }));

test("each request of a connection is told its own host", () =>
  kept(async (port, requests) => {
    const hosts = ["a", "b", "b", "a:1"].map((host) => `GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    const bad = "GET / HTTP/1.1\r\nhost: a@b\r\n\r\n";
    const answer = await say(port, hosts.join("") + bad + asking("GET /"));
    assert.equal(
      requests.map(({ serverName }) => serverName),
      ["a", "b", "b", "a", "example.com"],
    );
    assert.is(answer.split("HTTP/1.1 400").length, 2);
  }));

test("HTTP/1.0 needs no host", () =>
  kept(async (port, requests) => {
    const answer = await say(port, "GET / HTTP/1.0\r\n\r\n");
    assert.is(status(answer), "200");
    assert.is(requests[0]?.serverName, "127.0.0.1");
    assert.is(requests[0]?.protocol, "HTTP/1.0");
  }));

test("what is no HTTP is 400 and hurts nobody", () =>
  kept(async (port) => {
    assert.match(await say(port, "\x16\x03\x01nonsense\r\n\r\n"), /^HTTP\/1.1 400/);
    assert.is(status(await say(port, asking("GET /"))), "200");
  }));

test("what is left of the host after a refusal is not taken for its request", () =>
  kept(async (port) => {
    const refused = "POST / HTTP/1.1\r\nhost: a@b\r\ncontent-length: 3\r\n\r\nabc";
    const answer = await say(port, refused);
    assert.is(status(answer), "400");
    assert.match(answer, /connection: close/i);
  }));

test("an upgrade that nobody handles is an ordinary request", () =>
  kept(async (port) => {
    const answer = await say(
      port,
      "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n",
    );
    assert.is(status(answer), "200");
  }));

test.run();
