import helmet from "helmet";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withSession } from "../../lib/middleware/session.js";
import { header } from "../../lib/response.js";
import { GET, routes } from "../../lib/routes.js";
import { fromConnect } from "../../lib/server/connect.js";
import type { Request, Response } from "../../lib/types.js";
import { sessionAssoc } from "../../lib/updates.js";
import type { WebSocketOptions } from "../../lib/websocket/options.js";
import { websocket } from "../../lib/websocket.js";

const fields = {
  host: "example.com",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** What a route answers to a handshake with these fields, undefined for those that are left out. */
function answer(headers: Request["headers"] = {}, options?: WebSocketOptions): Response {
  const handler = GET("/chat", websocket({}, options));
  return handler({ method: "GET", uri: "/chat", headers: { ...fields, ...headers } }) as Response;
}

test("a handshake is answered by a map whose upgrade takes the connection over, at once", () => {
  const { upgrade, ...rest } = answer();
  assert.type(upgrade, "function");
  assert.equal(rest, { status: 200, headers: {} });
  assert.type(answer({ upgrade: "WebSocket" }).upgrade, "function");
});

test("what is no handshake is 426 and says what to ask for", () => {
  const plain = GET("/chat", websocket({}))({ method: "GET", uri: "/chat", headers: {} });
  assert.equal(plain, {
    status: 426,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-version": "13",
    },
    body: "This is a WebSocket",
  });
  const others: Request["headers"][] = [
    { upgrade: undefined },
    { upgrade: "h2c" },
    { upgrade: "websocket, h2c" },
    { "sec-websocket-version": undefined },
    { "sec-websocket-version": "8" },
    { "sec-websocket-version": "13, 13" },
  ];
  for (const other of others) assert.is(answer(other).status, 426);
  const handler = GET("/chat", websocket({}));
  const head = handler({ method: "HEAD", uri: "/chat", headers: fields }) as Response;
  assert.is(head.status, 426);
  assert.is(handler({ method: "POST", uri: "/chat", headers: fields }), null);
});

test("a malformed handshake is 400", () => {
  const others: Request["headers"][] = [
    { "sec-websocket-key": undefined },
    { "sec-websocket-key": "" },
    { "sec-websocket-key": "short==" },
    { "sec-websocket-key": `${fields["sec-websocket-key"]}, ${fields["sec-websocket-key"]}` },
    { "sec-websocket-protocol": "" },
    { "sec-websocket-protocol": "a,,b" },
    { "sec-websocket-protocol": "a, a" },
    { "sec-websocket-protocol": "a b" },
  ];
  for (const other of others) {
    const { status, body, upgrade } = answer(other);
    assert.equal([status, body, upgrade], [400, "The WebSocket handshake is malformed", undefined]);
  }
  assert.is(answer({ "sec-websocket-protocol": "a, b" }).status, 200);
});

test("pages of other sites are refused, also of another port, of a part of the name, and of none", () => {
  const foreign = [
    "https://evil.example",
    "https://example.com.evil.example",
    "https://evilexample.com",
    "https://sub.example.com",
    "https://example.com:444",
    "http://https://example.com",
    "chrome-extension://example.com",
    "example.com.",
    "https://example.com/",
    "null",
    "",
  ];
  for (const origin of foreign) {
    const { status, body, upgrade } = answer({ origin });
    const message = "This WebSocket is not for pages of other sites";
    assert.equal([origin, status, body, upgrade], [origin, 403, message, undefined]);
  }
});

test("pages of the same host may connect, by any scheme, and whoever is no browser", () => {
  for (const origin of [undefined, "https://example.com", "http://example.com"]) {
    assert.is(answer({ origin }).status, 200);
  }
  assert.is(answer({ origin: "http://[::1]:3000", host: "[::1]:3000" }).status, 200);
  assert.is(answer({ origin: "http://example.com", host: "EXAMPLE.com" }).status, 200);
  assert.is(answer({ origin: "http://example.com", host: undefined }).status, 403);
  assert.is(answer({ origin: "", host: "" }).status, 403);
});

test("other origins may be named, exactly", () => {
  const origins = ["https://app.example.com", "capacitor://localhost", "null"];
  for (const origin of origins) assert.is(answer({ origin }, { trustedOrigins: origins }).status, 200);
  for (const origin of ["https://app.example.com:443", "http://app.example.com", "https://APP.example.com"]) {
    assert.is(answer({ origin }, { trustedOrigins: origins }).status, 403);
  }
});

test("it stands in vectors, behind functions and in promises", async () => {
  const chat = websocket({});
  const ask = (handler: ReturnType<typeof GET>) =>
    handler({ method: "GET", uri: "/", headers: fields }) as Response;
  const response = ask(GET("/", [header("x-a", "b"), sessionAssoc("seen", true), chat]));
  assert.type(response.upgrade, "function");
  assert.equal([response.headers, { ...response.session }], [{ "x-a": "b" }, { seen: true }]);
  assert.type(ask(GET("/", () => chat)).upgrade, "function");
  assert.type((await ask(GET("/", async () => chat))).upgrade, "function");
});

test("decorators see an ordinary response", async () => {
  const app = decorate(routes(GET("/", [sessionAssoc("seen", true), websocket({})])), withSession());
  const response = (await app({ method: "GET", uri: "/", headers: fields })) as Response;
  assert.type(response.upgrade, "function");
  assert.is(response.session, undefined);
  assert.match(String(response.headers["set-cookie"]), /^composure-session=/);
});

test("handlers are functions of these names", () => {
  assert.throws(() => websocket({ onMessage() {} } as never), /^websocket: expected options among open, /);
  assert.throws(() => websocket(null as never), /^websocket: expected a map of options, got null/);
  assert.throws(
    () => websocket({ message: "echo" } as never),
    /^websocket: expected a function as "message"/,
  );
  websocket({ open: undefined });
});

test("options are checked when it is made", () => {
  const wrongs: [object, RegExp][] = [
    [{ origin: "x" }, /expected options among trustedOrigins, protocols, maxPayload, ping, got "origin"/],
    [
      { trustedOrigins: "https://a" },
      /an array of strings such as "https:\/\/example.com" as "trustedOrigins", got "https:/,
    ],
    [{ trustedOrigins: ["https://a/"] }, /as "trustedOrigins", got "https:\/\/a\/"/],
    [{ trustedOrigins: ["*"] }, /as "trustedOrigins", got "\*"/],
    [{ trustedOrigins: [undefined] }, /as "trustedOrigins", got undefined/],
    [{ protocols: ["a b"] }, /an array of strings such as "chat.v1" as "protocols", got "a b"/],
    [{ maxPayload: 0 }, /a whole number of bytes from 1 to 2147483647 as "maxPayload", got 0/],
    [{ maxPayload: 2 ** 31 }, /as "maxPayload", got 2147483648/],
    [{ maxPayload: 1.5 }, /as "maxPayload"/],
    [{ maxPayload: "1" }, /as "maxPayload"/],
    [{ ping: 0 }, /a number of seconds above 0, up to 86400, as "ping", got 0/],
    [{ ping: Number.POSITIVE_INFINITY }, /as "ping", got Infinity/],
    [{ ping: Number.NaN }, /as "ping", got NaN/],
    [{ ping: "30" }, /as "ping", got "30"/],
  ];
  for (const [options, message] of wrongs) assert.throws(() => websocket({}, options), message);
  websocket({}, { trustedOrigins: undefined, protocols: ["chat.v1"], maxPayload: 1, ping: 0.5 });
});

test("a server that has no listener to the upgrade is told", () => {
  const handler = GET("/", websocket({}));
  const request = { method: "GET", uri: "/", headers: fields };
  const raw = { req: { upgrade: false }, res: {} };
  assert.throws(() => handler({ ...request, raw }), /Write server\.on\("upgrade", upgrader\(app\)\)/);
});

test("a request that fromConnect made of a map is let in like the map itself", () => {
  const handler = decorate(GET("/", websocket({})), fromConnect(helmet()));
  const { status, upgrade } = handler({ method: "GET", uri: "/", headers: fields }) as Response;
  assert.is(status, 200);
  assert.type(upgrade, "function");
});

test.run();
