/** What closing does to connections: those that are idle when a signal comes, and those on which requests wait for each other. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { serve } from "../../lib/server.js";
import type { Handler, Response } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";
import { isListening } from "../house/port.js";
import { startServer } from "../house/server.js";
import { allOf, dial, ok } from "./wire.js";

const source = `
  import { serve } from ${JSON.stringify(new URL("../../lib/server.js", import.meta.url).href)};
  const { url, server } = await serve(() => ({ status: 200, headers: {}, body: "answer" }), { port: 0 });
  server.keepAliveTimeout = 20_000;
  console.log("listening on", url);`;

const asking = "GET / HTTP/1.1\r\nhost: example.com\r\n\r\n";

type Idle = {
  /** A connection over which a request was answered, and that is still there. */
  readonly socket: Socket;
  readonly signal: (name: NodeJS.Signals) => Promise<void>;
  readonly ended: Promise<readonly unknown[]>;
};

/** Runs a spec against a program that serves, with a connection to it that is idle. */
async function idle(env: NodeJS.ProcessEnv, spec: (idle: Idle) => Promise<void>): Promise<void> {
  const args = ["--input-type=module", "--eval", source];
  const { port, ended, stop, kill } = await startServer(args, { env });
  try {
    const socket = dial(port, asking);
    await once(socket, "data");
    const signal = async (name: NodeJS.Signals): Promise<void> => {
      void stop(name);
      await eventually(async () => !(await isListening(port)));
    };
    await spec({ socket, signal, ended });
  } finally {
    kill();
  }
}

test("after SIGTERM a request that comes over an idle connection is answered, and the last one there", () =>
  idle({}, async ({ socket, signal, ended }) => {
    const rest = allOf(socket);
    await signal("SIGTERM");
    socket.write(asking);
    const answer = await rest;
    assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(answer, /\r\nconnection: close\r\n/i);
    assert.match(answer, /answer$/);
    assert.equal(await ended, [0, null]);
  }));

test("SIGINT, and in development SIGTERM, does not wait for idle connections", async () => {
  const cases = [
    ["SIGINT", {}],
    ["SIGTERM", { NODE_ENV: "development" }],
  ] as const;
  for (const [name, env] of cases) {
    await idle(env, async ({ socket, signal, ended }) => {
      const rest = allOf(socket);
      await signal(name);
      socket.write(asking);
      assert.is(await rest, "");
      assert.equal(await ended, [0, null]);
    });
  }
});

/** Answers /slow once `open` is called, all else at once, and notes what was asked. */
async function gated() {
  const asked: string[] = [];
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const handler: Handler = ({ uri }) => {
    asked.push(uri);
    return uri.startsWith("/slow") ? opened.then(() => ok(uri)) : ok(uri);
  };
  return { asked, open, ...(await serve(handler, { port: 0, signals: false })) };
}

const get = (uri: string): string => `GET ${uri} HTTP/1.1\r\nhost: a\r\n\r\n`;
const answersIn = (text: string) =>
  [...text.matchAll(/^connection: \S+|\/(?:slow|last|later)\d?/gim)].map(String);

test("requests that wait for each other on a connection are all answered when the server closes", async () => {
  const { port, close, asked, open } = await gated();
  const socket = dial(port, get("/slow1") + get("/slow2"));
  await eventually(() => asked.length === 2);
  const closed = close();
  socket.write(get("/slow3"));
  await eventually(() => asked.length === 3);
  const text = allOf(socket);
  open();
  assert.equal(answersIn(await text), [
    "Connection: keep-alive",
    "/slow1",
    "Connection: keep-alive",
    "/slow2",
    "connection: close",
    "/slow3",
  ]);
  await closed;
});

test("what comes after the response that ends a connection is not done", async () => {
  const { port, close, asked, open } = await gated();
  const socket = dial(port, get("/slow"));
  await eventually(() => asked.length === 1);
  const closed = close();
  socket.write(get("/last") + get("/later"));
  await eventually(() => asked.length === 2);
  const text = allOf(socket);
  open();
  assert.equal(answersIn(await text), ["Connection: keep-alive", "/slow", "connection: close", "/last"]);
  await closed;
  assert.equal(asked, ["/slow", "/last"]);
});

/** What a client hears that keeps its connection, asks once before the server closes and once after it. */
async function lastOf(handler: Handler, last: string): Promise<string> {
  const log = () => {};
  const { port, close } = await serve(handler, { port: 0, signals: false, log });
  const socket = dial(port, get("/first"));
  await once(socket, "data");
  const text = allOf(socket);
  const closed = close({ keepIdle: true, grace: 5 });
  socket.write(last + get("/later"));
  const answer = await text;
  await closed;
  return answer;
}

const head = { status: 200, headers: {} };

for (const [what, answer] of [
  ["a file that is gone", { ...head, body: pathToFileURL("/no/such/file") }],
  ["a wrong status", { ...head, status: 1000 }],
  ["a header value that is refused", { ...head, headers: { "x-a": "1\r\nb: 2" } }],
  [
    "a header value that is refused, and a wish to keep the connection",
    { ...head, headers: { connection: "keep-alive", "x-a": "\u{20ac}" } },
  ],
  ["a session that nobody took", { ...head, session: {} }],
] as [string, Response][]) {
  test(`a 500 for ${what} ends its connection when the server closes, and nothing after it is done`, async () => {
    const text = await lastOf(({ uri }) => (uri === "/first" ? ok("first") : answer), get("/last"));
    assert.match(text, /^HTTP\/1.1 500 [\s\S]*\r\nconnection: close\r\n[\s\S]*Internal Server Error$/i);
    assert.is(text.match(/HTTP\//g)?.length, 1);
  });
}

test("a body that its client is slow to take is sent whole, though the server closes", async () => {
  const { port, close } = await serve(() => ok("x".repeat(20_000_000)), { port: 0, signals: false });
  const socket = dial(port, get("/"));
  await once(socket, "readable");
  const closed = close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok((await allOf(socket)).length > 20_000_000);
  await closed;
});

test("whether idle connections are kept is true or false", async () => {
  const { close } = await serve(() => ok(), { port: 0, signals: false });
  const keepIdle = "yes" as never;
  assert.throws(() => close({ keepIdle }), /^close: expected true or false as "keepIdle", got "yes"$/);
  await close();
});

test("a response that would keep its connection does not when the server closes", async () => {
  const kept: Handler = () => ({ ...ok("kept"), headers: { Connection: "keep-alive" } });
  const text = await lastOf(kept, get("/last"));
  assert.equal(text.match(/^connection: .*$/gim), ["connection: close"]);
  assert.match(text, /kept$/);
});

for (const [what, request, status] of [
  ["a malformed request", "GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n", 400],
  ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", 204],
] as const) {
  test(`the answer to ${what} ends its connection when the server closes`, async () => {
    const text = await lastOf(() => ok("first"), request);
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*\r\nconnection: close\r\n`));
    assert.is(text.match(/HTTP\//g)?.length, 1);
  });

  test(`${what} that waits for another's answer is answered as well when the server closes`, async () => {
    const { port, close, asked, open } = await gated();
    const socket = dial(port, get("/slow") + request);
    await eventually(() => asked.length === 1);
    const closed = close({ grace: 5 });
    const text = allOf(socket);
    open();
    assert.equal((await text).match(/HTTP\/1.1 \d+/g), ["HTTP/1.1 200", `HTTP/1.1 ${status}`]);
    await closed;
  });
}

test.run();
