/** A request is what the client sent, as far as trusted proxies tell, and never what a client tells of itself. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import type { HttpError } from "../../lib/errors.js";
import { type ForwardedOptions, withForwarded } from "../../lib/middleware/forwarded.js";
import { withSession } from "../../lib/middleware/session.js";
import { GET, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Request, Response } from "../../lib/types.js";
import { sessionAssoc } from "../../lib/updates.js";

type Headers = Record<string, string>;
type Trust = ForwardedOptions["trust"];

const proxy = "10.0.0.1";

const sent = (headers: Headers, more: Partial<Request> = {}): Request => ({
  method: "GET",
  uri: "/",
  headers: { host: "inside:3000", ...headers },
  scheme: "http",
  serverName: "inside",
  serverPort: 3000,
  remoteAddr: proxy,
  ...more,
});

/** The request that a handler sees. */
function seen(trust: Trust, headers: Headers, more?: Partial<Request>): Request {
  let found: Request | undefined;
  withForwarded({ trust })((request) => {
    found = request;
    return null;
  })(sent(headers, more));
  return found as Request;
}

const address = (trust: Trust, headers: Headers, more?: Partial<Request>) =>
  seen(trust, headers, more).remoteAddr;

const site = ({ scheme, headers, serverName, serverPort }: Request) =>
  `${scheme}://${headers.host} ${serverName} ${serverPort}`;

function failure(trust: Trust, headers: Headers): HttpError {
  try {
    seen(trust, headers);
  } catch (error) {
    return error as HttpError;
  }
  throw new Error("expected a failure");
}

const xFor = (list: string): Headers => ({ "x-forwarded-for": list });

test("address, scheme, host and port are those that the client sees", () => {
  const told = [
    { forwarded: 'for="[2001:db8::7]:4711";proto=https;host=shop.example;by=10.0.0.1' },
    { "x-forwarded-for": "2001:db8::7", "x-forwarded-proto": "https", "x-forwarded-host": "shop.example" },
  ];
  for (const headers of told) {
    for (const trust of [1, [proxy], "10.0.0.0/8", ["uniquelocal"]]) {
      const request = seen(trust, headers);
      assert.is(request.remoteAddr, "2001:db8::7");
      assert.is(site(request), "https://shop.example shop.example 443");
    }
  }
});

test("whoever is not trusted tells nothing", () => {
  const headers = { forwarded: "for=1.1.1.1;proto=https;host=evil.example", ...xFor("1.1.1.1") };
  const request = sent(headers);
  let same = false;
  const handler = withForwarded({ trust: ["192.0.2.1", "loopback"] })((got) => {
    same = got === request;
    return null;
  });
  assert.is(handler(request), null);
  assert.ok(same);
  assert.is(address(0, headers), proxy);
  assert.is(address([], headers), proxy);
});

test("without these headers the request stays what it is", () => {
  const request = sent({});
  withForwarded({ trust: 1 })((got) => {
    assert.is(got, request);
    return null;
  })(request);
  assert.is(address(1, { forwarded: "", "x-forwarded-for": " , " }), proxy);
});

test("a hop count counts as in Express", () => {
  const list = xFor("9.9.9.9, 1.2.3.4, 10.0.0.3, 10.0.0.2");
  assert.is(address(1, list), "10.0.0.2");
  assert.is(address(2, list), "10.0.0.3");
  assert.is(address(3, list), "1.2.3.4");
  assert.is(address(9, xFor("1.2.3.4")), "1.2.3.4");
});

test("addresses are followed from the nearest to the first that is not trusted", () => {
  const trust = ["10.0.0.0/8", "2001:db8::/32"];
  assert.is(address(trust, xFor("9.9.9.9, 1.2.3.4, 10.0.0.3, 2001:db8::1")), "1.2.3.4");
  assert.is(address(trust, xFor("10.0.0.9, 1.2.3.4")), "1.2.3.4");
  assert.is(address(trust, xFor("10.0.0.9, 10.0.0.8")), "10.0.0.9");
  assert.is(address(trust, { forwarded: "for=9.9.9.9, for=1.2.3.4, for=10.0.0.3" }), "1.2.3.4");
});

test("what a client writes in front changes nothing", () => {
  const peer = { forwarded: "for=1.2.3.4;proto=https;host=a.example" };
  const forged = [
    'for=6.6.6.6, for="',
    "x",
    ",,,",
    'for="_x, ;',
    "for=10.0.0.1;proto=http;host=evil.example",
  ];
  for (const front of forged) {
    for (const trust of [1, [proxy]]) {
      const request = seen(trust, { forwarded: `${front}, ${peer.forwarded}` });
      assert.is(`${request.remoteAddr} ${site(request)}`, "1.2.3.4 https://a.example a.example 443");
    }
    assert.is(address([proxy], xFor(`${front}, 1.2.3.4`)), "1.2.3.4");
  }
  fc.assert(
    fc.property(fc.string(), (front) => {
      assert.is(address(1, { forwarded: `${front}, ${peer.forwarded}` }), "1.2.3.4");
      assert.is(address([proxy], xFor(`${front}, 1.2.3.4`)), "1.2.3.4");
    }),
  );
});

test("an IPv4 address counts as itself when it is written as IPv6", () => {
  const mapped = { remoteAddr: `::ffff:${proxy}` };
  assert.is(address([proxy], xFor("1.2.3.4"), mapped), "1.2.3.4");
  assert.is(address(["10.0.0.0/8"], xFor("1.2.3.4, ::ffff:10.0.0.5"), mapped), "1.2.3.4");
  assert.is(address(["loopback"], xFor("1.2.3.4"), { remoteAddr: "::ffff:127.0.0.1" }), "1.2.3.4");
});

test("where both are there, forwarded alone counts", () => {
  const headers = {
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
  };
  const request = seen(1, { forwarded: "for=1.2.3.4", ...headers });
  assert.is(`${request.remoteAddr} ${site(request)}`, "1.2.3.4 http://inside:3000 inside 3000");
});

test("each proxy tells how it was asked; the one furthest away that is trusted counts", () => {
  const chain =
    "for=6.6.6.6;proto=http;host=evil.example, for=1.2.3.4;proto=https;host=a.example, for=10.0.0.2;proto=http;host=b";
  assert.is(site(seen(["10.0.0.0/8"], { forwarded: chain })), "https://a.example a.example 443");
  assert.is(site(seen(1, { forwarded: chain })), "http://b b 80");
  const lists = {
    "x-forwarded-for": "6.6.6.6, 1.2.3.4, 10.0.0.2",
    "x-forwarded-proto": "http, https, http",
    "x-forwarded-host": "evil.example, a.example, b",
    "x-forwarded-port": "1, 8443, 2",
  };
  assert.is(site(seen(["10.0.0.0/8"], lists)), "https://a.example a.example 8443");
  assert.is(site(seen(1, lists)), "http://b b 2");
});

test("what the furthest one leaves out is taken from the next", () => {
  const lists = { "x-forwarded-for": "1.2.3.4, 10.0.0.2", "x-forwarded-proto": "https" };
  assert.is(site(seen(2, lists)), "https://inside:3000 inside 3000");
  assert.is(
    site(seen(2, { forwarded: "for=1.2.3.4, proto=https;host=a.example" })),
    "https://a.example a.example 443",
  );
});

test("the scheme alone may be told, as many proxies do", () => {
  const request = seen(1, { host: "a.example", "x-forwarded-proto": "https" });
  assert.is(site(request), "https://a.example inside 443");
  assert.is(request.remoteAddr, proxy);
});

test("schemes go without case, those of WebSockets for theirs, and others for nothing", () => {
  const schemeOf = (proto: string) => seen(1, { "x-forwarded-proto": proto }).scheme;
  assert.is(schemeOf("HTTPS"), "https");
  assert.is(schemeOf("wss"), "https");
  assert.is(schemeOf("ws"), "http");
  for (const proto of ["ftp", "constructor", "https:", "é"]) assert.is(schemeOf(proto), "http");
});

test("the port is that of the host, else the one told, else that of the scheme", () => {
  const portOf = (headers: Headers) => seen(1, headers).serverPort;
  assert.is(portOf({ "x-forwarded-host": "a.example:81", "x-forwarded-port": "82" }), 81);
  assert.is(portOf({ "x-forwarded-host": "a.example", "x-forwarded-port": "82" }), 82);
  assert.is(portOf({ "x-forwarded-host": "a.example", "x-forwarded-proto": "https" }), 443);
  assert.is(portOf({ "x-forwarded-host": "a.example" }), 80);
  for (const port of ["99999", "-1", "8o", "443x"]) {
    assert.is(portOf({ "x-forwarded-host": "a.example", "x-forwarded-port": port }), 80);
  }
  assert.is(portOf(xFor("1.2.3.4")), 3000);
});

test("a client without an address has none, and nobody behind it is trusted", () => {
  for (const node of ["unknown", "_hidden", '"_SEVKISEK:80"', "a.example", '""']) {
    const request = seen(["10.0.0.0/8"], { forwarded: `for=10.0.0.9, for=${node};proto=https` });
    assert.is(request.remoteAddr, undefined);
    assert.is(request.scheme, "https");
    assert.is(address(2, { forwarded: `for=1.2.3.4, for=${node}` }), "1.2.3.4");
  }
});

test("a peer without an address, as of a Unix socket, is trusted by a hop count only", () => {
  const socket = { remoteAddr: undefined };
  assert.is(address(1, xFor("1.2.3.4"), socket), "1.2.3.4");
  assert.is(address(["loopback"], xFor("1.2.3.4"), socket), undefined);
});

test("a malformed host or element of a trusted proxy is 400", () => {
  for (const host of ["a b", "a/b", "evil@a.example", "a:99999", "[::1", "é"]) {
    const { status, message, expose } = failure(1, { "x-forwarded-host": host });
    assert.equal([status, message, expose], [400, "The forwarded host is malformed", true]);
  }
  for (const element of ["garbage", "for=1.2.3.4;host", 'for="1', "for=1.2.3.4;for=5.6.7.8"]) {
    const { status, message } = failure([proxy], { forwarded: element });
    assert.equal([status, message], [400, "The forwarded header is malformed"]);
  }
});

test("other headers are there as before, and the request it was given stays as it is", () => {
  const given = Object.freeze(sent({ "x-forwarded-host": "a.example", accept: "text/html" }));
  Object.freeze(given.headers);
  const { headers } = seen(1, { "x-forwarded-host": "a.example", accept: "text/html" });
  assert.equal({ ...headers }, { host: "a.example", "x-forwarded-host": "a.example", accept: "text/html" });
  assert.is(Object.getPrototypeOf(headers), null);
  withForwarded({ trust: 1 })(() => null)(given);
});

test("headers are copied only where the host is another", () => {
  const request = sent({ "x-forwarded-host": "inside:3000", ...xFor("1.2.3.4") });
  withForwarded({ trust: 1 })((got) => {
    assert.is(got.headers, request.headers);
    return null;
  })(request);
});

test("a second time changes nothing", () => {
  const headers = { "x-forwarded-for": "9.9.9.9, 1.2.3.4", "x-forwarded-host": "a.example" };
  for (const trust of [1, [proxy]]) {
    const once = seen(trust, headers);
    const { headers: again, ...twice } = seen(trust, headers, once);
    assert.equal({ ...twice, headers: { ...again } }, { ...once, headers: { ...once.headers } });
  }
});

test("a request without headers is one with none", () => {
  const { headers, ...bare } = sent({});
  assert.is(withForwarded({ trust: 1 })(() => null)(bare as Request), null);
});

test("a long list is followed for a hundred proxies, and quickly", () => {
  const list = xFor("10.0.0.2,".repeat(7000));
  assert.is(address(["10.0.0.0/8"], list), "10.0.0.2");
  const hostile = { forwarded: `${'for="\\'.repeat(10000)}, for=1.2.3.4` };
  assert.is(address(1, hostile), "1.2.3.4");
});

test("whom to trust must be said", () => {
  const make = (options?: unknown) => () => withForwarded(options as ForwardedOptions);
  const message =
    /^withForwarded: expected a number of proxies or an array of addresses as "trust", got .+\. Write \{ trust: 1 \} for one proxy, or its addresses: \{ trust: \["10\.0\.0\.0\/8"\] \}$/;
  for (const trust of [undefined, null, true, -1, 1.5, [1], {}, () => true]) {
    assert.throws(make({ trust }), message);
  }
  assert.throws(make({}), message);
  assert.throws(make(), message);
  assert.throws(make({ trust: ["nginx"] }), /^withForwarded: expected an address, a range such as/);
  assert.throws(make({ hops: 1 }), /^withForwarded: expected options among trust, got "hops"$/);
});

test("sessions, patterns and routes see the client's address over the wire", async () => {
  const app = decorate(
    routes(
      GET("https://shop.example/", ({ remoteAddr, serverPort }) => [
        sessionAssoc("seen", true),
        `${remoteAddr} ${serverPort}`,
      ]),
    ),
    withSession(),
    withForwarded({ trust: ["loopback"] }),
  );
  const { url, close } = await serve(app, { port: 0, signals: false, log: () => {} });
  try {
    const headers = { forwarded: "for=1.2.3.4;proto=https;host=shop.example" };
    const response = await fetch(url, { headers });
    assert.is(await response.text(), "1.2.3.4 443");
    assert.match(response.headers.get("set-cookie") as string, /; Secure/);
    assert.is((await fetch(url)).status, 404);
    assert.is((await fetch(url, { headers: { forwarded: 'host="a b"' } })).status, 400);
  } finally {
    await close({ grace: 0 });
  }
});

test("null and promises pass", async () => {
  const ok: Response = { status: 200, headers: {} };
  assert.is(await withForwarded({ trust: 1 })(async () => ok)(sent(xFor("1.2.3.4"))), ok);
});

test.run();
