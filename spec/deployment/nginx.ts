/** What an app hears of its clients through the nginx of docs/deployment.md, whatever these say of themselves. */
import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { type RequestOptions, request } from "node:https";
import { connect } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { decorate } from "../../lib/decorate.js";
import { events } from "../../lib/events.js";
import { withForwarded } from "../../lib/middleware/forwarded.js";
import { withParams } from "../../lib/middleware/params.js";
import { withSession } from "../../lib/middleware/session.js";
import { json } from "../../lib/response.js";
import { ANY, GET, POST, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import { sessionAssoc } from "../../lib/updates.js";
import { websocket } from "../../lib/websocket.js";
import { type Deployed, deployed } from "../house/deployment.js";
import { eventually } from "../house/eventually.js";
import { lacking } from "../house/nginx.js";

/** What `ticks` waits for between its two events. */
const gate = { open: () => {} };
const opened = new Promise<void>((resolve) => {
  gate.open = resolve;
});

async function* ticks() {
  yield "one";
  await opened;
  yield "two";
}

const app = decorate(
  routes(
    GET("/visit", sessionAssoc("name", "Ada")),
    GET("/ticks", () => events(ticks())),
    GET("/echo", () => websocket({ message: (socket, data) => socket.send(data) })),
    POST("/length", ({ params }) => json(params.text!.length)),
    ANY("*", ({ remoteAddr, scheme, serverName, serverPort, headers }) =>
      json({ remoteAddr, scheme, serverName, serverPort, headers: { ...headers } }),
    ),
  ),
  withSession(),
  withParams({ limit: 2 ** 21 }),
  withForwarded({ trust: "127.0.0.1" }),
);

/** Another address of this machine than the one of nginx: that of the client. */
const localAddress = "127.0.0.2";

/** What the app hears of a client that says nothing of itself. */
const heard = {
  remoteAddr: localAddress,
  scheme: "https",
  serverName: "localhost",
  serverPort: 443,
  headers: { host: "localhost", "x-forwarded-for": localAddress, "x-forwarded-proto": "https" },
};

type Wire = Deployed & { readonly connections: () => number };

/** Runs a spec against two servers of the app behind nginx. */
async function serving(spec: (wire: Wire) => Promise<void>): Promise<void> {
  const options = { port: 0, signals: false };
  const [first, second] = [await serve(app, options), await serve(app, options)];
  let connections = 0;
  for (const { server } of [first, second]) server.on("connection", () => connections++);
  try {
    await deployed([first.port, second.port], (nginx) => spec({ ...nginx, connections: () => connections }));
  } finally {
    await Promise.all([first.close({ grace: 0 }), second.close({ grace: 0 })]);
  }
}

const toSite = { host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false, localAddress };

/** Asks the site over a connection of its own, and gives Node's response. */
async function ask(port: number, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  const { headers, ...others } = options;
  const named = { host: "localhost", ...headers };
  const asking = request({ ...toSite, agent: false, port, headers: named, ...others });
  const [response] = await once(asking.end(body), "response");
  return response;
}

const textOf = async (response: IncomingMessage): Promise<string> =>
  Buffer.concat(await response.toArray()).toString();

const hearing = async (port: number, headers: OutgoingHttpHeaders): Promise<unknown> =>
  JSON.parse(await textOf(await ask(port, { headers })));

/** What is answered to bytes that no client library would write. */
async function raw(port: number, head: string): Promise<string> {
  const socket = connect({ ...toSite, port });
  socket.write(head);
  return Buffer.concat(await socket.toArray()).toString();
}

if (lacking !== undefined) {
  console.log(`skipped: nginx in front of an app: ${lacking}`);
} else {
  test("the app hears who came and how, and its cookies are secure", () =>
    serving(async ({ port }) => {
      assert.equal(await hearing(port, {}), heard);
      const { headers } = await ask(port, { path: "/visit" });
      assert.match(headers["set-cookie"]![0]!, /; HttpOnly; Secure; SameSite=Lax$/);
    }));

  test("what a client says of how it came reaches nobody", () =>
    serving(async ({ port }) => {
      const lies: OutgoingHttpHeaders[] = [
        { forwarded: "for=192.0.2.7;proto=http;host=evil.example" },
        { Forwarded: ["for=192.0.2.7", "for=192.0.2.8"] },
        { "x-forwarded-for": "192.0.2.7, 127.0.0.1" },
        { "X-Forwarded-For": ["192.0.2.7", "127.0.0.1"] },
        { "x-forwarded-proto": "http" },
        { "x-forwarded-host": "evil.example" },
        { "x-forwarded-port": "8080" },
        { X_Forwarded_For: "192.0.2.7", X_Forwarded_Proto: "http" },
        { connection: "close, x-forwarded-for, x-forwarded-proto" },
      ];
      for (const headers of lies) assert.equal(await hearing(port, headers), heard, JSON.stringify(headers));
    }));

  test("a client can name no host but the site's", () =>
    serving(async ({ port, upstreams }) => {
      assert.is((await ask(port, { headers: { host: "evil.example" } })).statusCode, 421);
      // nginx notes what it did after it has answered.
      await eventually(() => upstreams()[0] !== "");
      assert.equal(upstreams(), ["-"]);
      const answer = await raw(
        port,
        "GET https://localhost/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
      );
      assert.match(answer, '"serverName":"localhost"');
      assert.not.match(answer, "evil");
      const refusal = await ask(port, { servername: "evil.example" }).catch(({ message }) => message);
      assert.match(refusal, "unrecognized name");
    }));

  test("who comes by http is sent to https", () =>
    serving(async ({ plainPort }) => {
      const response = await fetch(`http://127.0.0.1:${plainPort}/a?b=c`, {
        redirect: "manual",
        headers: { host: "localhost" },
      });
      assert.equal([response.status, response.headers.get("location")], [308, "https://localhost/a?b=c"]);
    }));

  test("requests go to both processes in turn, over connections that stay open", () =>
    serving(async ({ port, upstreams, connections }) => {
      for (let n = 0; n < 20; n++) await textOf(await ask(port, {}));
      await eventually(() => upstreams().length === 20);
      const [first, second] = upstreams();
      assert.is.not(first, second);
      assert.is(upstreams().filter((upstream) => upstream === first).length, 10);
      assert.is(connections(), 2);
    }));

  test("bodies pass up to the limit of nginx, events as they are made, and WebSockets both ways", () =>
    serving(async ({ port }) => {
      const form = { method: "POST", path: "/length" };
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const long = await ask(port, { ...form, headers }, `text=${"x".repeat(1_500_000)}`);
      assert.is(await textOf(long), "1500000");

      const stream = (await ask(port, { path: "/ticks" })).setEncoding("utf8");
      assert.equal(await once(stream, "data"), ["data: one\n\n"]);
      gate.open();
      assert.equal(await once(stream, "data"), ["data: two\n\n"]);

      const origin = "https://localhost";
      const socket = new WebSocket(`wss://localhost:${port}/echo`, { ...toSite, origin });
      await once(socket, "open");
      socket.send("Hello");
      assert.is(String((await once(socket, "message"))[0]), "Hello");
      socket.close();
      await once(socket, "close");
    }));
}

test.run();
