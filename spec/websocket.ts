import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ClientOptions, WebSocket } from "ws";
import { decorate } from "../lib/decorate.js";
import { withSession } from "../lib/middleware/session.js";
import { header, setCookie } from "../lib/response.js";
import { GET, routes } from "../lib/routes.js";
import { listener, type Serving, serve } from "../lib/server.js";
import type { Handler, Result } from "../lib/types.js";
import { alterSession } from "../lib/updates.js";
import { type Socket, type WebSocketHandlers, type WebSocketOptions, websocket } from "../lib/websocket.js";
import { eventually } from "./house/eventually.js";
import { allOf, dial } from "./server/wire.js";

type Wire = Serving & {
  /** What was logged. */
  readonly lines: string[];
  /** A client that is connecting. */
  readonly join: (options?: ClientOptions, protocols?: string[]) => WebSocket;
};

/** Runs a spec against an app, whose WebSocket is at `/`. */
async function serving(app: Handler, spec: (wire: Wire) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const server = await serve(app, { port: 0, signals: false, log: (line) => lines.push(line) });
  const clients: WebSocket[] = [];
  const connect = (options: ClientOptions = {}, protocols: string[] = []): WebSocket => {
    const client = new WebSocket(server.url.replace("http", "ws"), protocols, options);
    clients.push(client.on("error", () => {}));
    return client;
  };
  try {
    await spec({ ...server, lines, join: connect });
  } finally {
    for (const client of clients) client.terminate();
    await server.close({ grace: 0 });
  }
}

/** Handlers that note what they are told, and the handlers of the spec. */
function noting(handlers: WebSocketHandlers = {}) {
  const seen: unknown[] = [];
  const sockets: Socket[] = [];
  const all: WebSocketHandlers = {
    open(socket) {
      sockets.push(socket);
      seen.push("open");
      return handlers.open?.(socket);
    },
    message(socket, data) {
      seen.push(data);
      return handlers.message?.(socket, data);
    },
    close(socket, code, reason) {
      seen.push(["close", code, reason]);
      return handlers.close?.(socket, code, reason);
    },
  };
  return { seen, sockets, handlers: handlers.error ? { ...all, error: handlers.error } : all };
}

const at = (result: Result): Handler => GET("/", () => result);

const noted = (handlers?: WebSocketHandlers, options?: WebSocketOptions) => {
  const notes = noting(handlers);
  return { ...notes, app: at(websocket(notes.handlers, options)) };
};

const echo = at(websocket({ message: (socket, data) => socket.send(data) }));

const opened = async (client: WebSocket) => {
  await once(client, "open");
  return client;
};

/** Code and reason by which a client sees the connection end. */
async function endOf(client: WebSocket): Promise<[number, string]> {
  const [code, reason] = await once(client, "close");
  return [code, String(reason)];
}

/** The response that refuses a client. */
async function refusalOf(client: WebSocket) {
  const [, response] = await once(client, "unexpected-response");
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

const masked = (first: number, payload: Buffer): Buffer => {
  const length =
    payload.length < 126 ? [payload.length | 0x80] : [126 | 0x80, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload]);
};

const handshake = [
  "GET / HTTP/1.1",
  "host: a",
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];
const asking = (...fields: string[]): string => [...handshake, ...fields, "", ""].join("\r\n");

test("text comes as text, bytes as bytes, and so they go back", () =>
  serving(echo, async ({ join }) => {
    const client = await opened(join());
    for (const [sent, isBinary] of [
      ["é!", false],
      ["", false],
      [Buffer.from([0, 255]), true],
      [Buffer.alloc(0), true],
    ] as const) {
      client.send(sent);
      const [data, binary] = await once(client, "message");
      assert.equal([Buffer.from(sent), isBinary], [data, binary]);
    }
  }));

test("handlers are told of the opening, each message, and the end with its code", () => {
  const { seen, sockets, app } = noted();
  return serving(app, async ({ join }) => {
    const client = await opened(join());
    client.send("a");
    client.send(new Uint8Array([1]));
    client.close(4001, "enough");
    await eventually(() => seen.length === 4);
    assert.equal(seen, ["open", "a", Buffer.from([1]), ["close", 4001, "enough"]]);
    assert.equal(Object.keys(sockets[0]!), ["request", "protocol", "send", "buffered", "close"]);
  });
});

test("every handler may be left out", () =>
  serving(at(websocket({})), async ({ join, lines }) => {
    const client = await opened(join());
    client.send("a");
    client.close();
    assert.equal(await endOf(client), [1005, ""]);
    assert.equal(lines, []);
  }));

test("the app lets the request through first, and its headers and cookies go out with the handshake", () => {
  const { sockets, handlers } = noted();
  const counting = alterSession((session) => ({ ...session, count: Number(session.count ?? 0) + 1 }));
  const cookies = [
    setCookie("a", "1"),
    setCookie("b", "2"),
    header("x-a", "é"),
    header("connection", "close"),
  ];
  const app = decorate(routes(GET("/", [counting, cookies, websocket(handlers)])), withSession());
  return serving(app, async ({ join }) => {
    const first = join();
    const [{ headers }] = await once(first, "upgrade");
    const [a, b, session] = headers["set-cookie"];
    assert.equal([a, b, headers["x-a"], headers.connection], ["a=1", "b=2", "é", "Upgrade"]);
    assert.is(headers["cache-control"], "private, no-store");
    await opened(join({ headers: { cookie: session.split(";")[0] } }));
    await eventually(() => sockets.length === 2);
    assert.equal(
      sockets.map(({ request }) => request.session?.count),
      [1, 2],
    );
    assert.is(sockets[0]?.request.uri, "/");
  });
});

test("a refusal is an ordinary response, with its headers and its body", async () => {
  const app = routes(
    GET("/", ({ queryParams }) =>
      queryParams.key === "k" ? websocket({}) : [401, header("x-a", "b"), "No"],
    ),
  );
  await serving(app, async ({ join }) => {
    const { status, headers, body } = await refusalOf(join());
    assert.equal([status, headers["x-a"], headers.connection, body], [401, "b", "close", "No"]);
  });
  await serving(echo, async ({ join, url }) => {
    const foreign = await refusalOf(join({ origin: "https://evil.example" }));
    assert.equal([foreign.status, foreign.body], [403, "This WebSocket is not for pages of other sites"]);
    await opened(join({ origin: url }));
    assert.is((await fetch(url)).status, 426);
  });
});

test("the handshake is answered by the RFC's own example, once", () =>
  serving(echo, async ({ port }) => {
    const socket = dial(port, asking());
    const [head] = await once(socket.setEncoding("latin1"), "data");
    assert.match(head, /^HTTP\/1.1 101 Switching Protocols\r\n/);
    assert.match(head, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
    assert.not.match(head, /sec-websocket-(?:protocol|extensions)/i);
    socket.destroy();
  }));

test("messages are never compressed", () =>
  serving(echo, async ({ join }) => {
    assert.is((await opened(join({ perMessageDeflate: true }))).extensions, "");
  }));

test("the first of our protocols that the client offers is spoken", () => {
  const { sockets, app } = noted({}, { protocols: ["v2", "v1"] });
  return serving(app, async ({ join }) => {
    const both = await opened(join({}, ["v1", "v2", "v3"]));
    assert.is(both.protocol, "v2");
    assert.is((await opened(join())).protocol, "");
    const none = join({}, ["v9"]);
    const [error] = await once(none, "error");
    assert.match(error.message, /no subprotocol/);
    await eventually(() => sockets.length >= 2);
    assert.equal(
      sockets.slice(0, 2).map(({ protocol }) => protocol),
      ["v2", ""],
    );
  });
});

test("a header that cannot be sent is a 500 that is logged", () => {
  const headers = { "x-a": "1\r\nx-b: 2" };
  return serving(at([{ headers }, websocket({})]), async ({ join, lines }) => {
    assert.is((await refusalOf(join())).status, 500);
    assert.match(lines.join(), /^GET \/: websocket: expected a header value without control characters/);
  });
});

test("without a listener to the upgrade the log says what to write", () =>
  serving(echo, async ({ join, server, lines }) => {
    server.removeAllListeners("upgrade");
    assert.is((await refusalOf(join())).status, 500);
    assert.match(lines.join(), /Write server\.on\("upgrade", upgrader\(app\)\)/);
    server.removeAllListeners("request").on("request", listener(echo) as () => void);
  }));

test("a message waits until the one before it has been dealt with, and the first for the opening", () => {
  const steps: string[] = [];
  const slowly = async (name: string) => {
    steps.push(`${name} begins`);
    await pause(5);
    steps.push(`${name} ends`);
  };
  const app = at(websocket({ open: () => slowly("open"), message: (_, data) => slowly(String(data)) }));
  return serving(app, async ({ join }) => {
    const client = await opened(join());
    client.send("a");
    client.send("b");
    await eventually(() => steps.length === 6);
    assert.equal(steps, ["open begins", "open ends", "a begins", "a ends", "b begins", "b ends"]);
  });
});

test("what was sent before the end is dealt with before the end", () => {
  const { seen, app } = noted({ message: () => pause(5) });
  return serving(app, async ({ join }) => {
    const client = await opened(join());
    for (const name of ["a", "b", "c"]) client.send(name);
    client.close(1000);
    await eventually(() => seen.length === 5);
    assert.equal(seen, ["open", "a", "b", "c", ["close", 1000, ""]]);
  });
});

test("ten thousand messages for a slow handler arrive in order, and most of them wait at the client", () => {
  let count = 0;
  let isInOrder = true;
  let isHeld = true;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const app = at(
    websocket({
      async message(_, data) {
        if (isHeld) await held;
        isInOrder &&= Number(String(data).trim()) === count;
        count++;
        if (count % 100 === 0) await pause(0);
      },
    }),
  );
  return serving(app, async ({ join }) => {
    const client = await opened(join());
    for (let i = 0; i < 10_000; i++) client.send(String(i).padEnd(4000));
    for (let before = -1; before !== client.bufferedAmount; await pause(50)) before = client.bufferedAmount;
    assert.is(count, 0);
    assert.ok(client.bufferedAmount > 20_000_000, `${client.bufferedAmount} bytes wait at the client`);
    isHeld = false;
    release();
    await eventually(() => count === 10_000);
    assert.ok(isInOrder);
    client.close();
    await endOf(client);
  });
});

test("send resolves when the network has taken the message, and so a fast sender waits for a slow client", () => {
  const { sockets, app } = noted();
  return serving(app, async ({ join }) => {
    const client = await opened(join());
    await eventually(() => sockets.length === 1);
    const [socket] = sockets as [Socket];
    assert.is(await socket.send("a"), true);
    assert.is(socket.buffered(), 0);
    client.pause();
    let taken = 0;
    const sending = Array.from({ length: 300 }, () =>
      socket.send(Buffer.alloc(100_000)).then((is) => (taken += Number(is))),
    );
    await pause(50);
    assert.ok(taken < 300);
    assert.ok(socket.buffered() > 1_000_000);
    client.resume();
    await Promise.all(sending);
    assert.is(taken, 300);
  });
});

test("what is sent to a connection that has ended, or ends meanwhile, is false and no error", () => {
  const { seen, sockets, app } = noted();
  return serving(app, async ({ join, lines }) => {
    const client = await opened(join());
    await eventually(() => sockets.length === 1);
    const [socket] = sockets as [Socket];
    client.pause();
    const sending = Promise.all(Array.from({ length: 100 }, () => socket.send(Buffer.alloc(1_000_000))));
    client.terminate();
    assert.ok((await sending).includes(false));
    await eventually(() => seen.length === 2);
    assert.equal(seen, ["open", ["close", 1006, ""]]);
    assert.is(await socket.send("late"), false);
    socket.close();
    assert.equal(lines, []);
  });
});

test("send and close say what they expect", () => {
  const { sockets, app } = noted();
  return serving(app, async ({ join }) => {
    await opened(join());
    await eventually(() => sockets.length === 1);
    const [socket] = sockets as [Socket];
    for (const data of [{}, 1, null, undefined, new ArrayBuffer(1)]) {
      assert.throws(
        () => socket.send(data as never),
        /^socket.send: expected text or bytes, got .*JSON\.stringify/,
      );
    }
    for (const code of [0, 999, 1001, 1005, 1006, 1011, 2999, 5000, 3000.5, Number.NaN, "1000"]) {
      assert.throws(
        () => socket.close(code as never),
        /^socket.close: expected 1000 or a code from 3000 to 4999/,
      );
    }
    for (const reason of ["x".repeat(124), "é".repeat(62), 1, null]) {
      assert.throws(
        () => socket.close(1000, reason as never),
        /^socket.close: expected a reason of up to 123 bytes/,
      );
    }
    assert.is(await socket.send("still here"), true);
  });
});

test("the app ends a connection by a code and a reason, and hears of no message after it", () => {
  const reason = `${"é".repeat(61)}!`;
  const { seen, app } = noted({ message: (socket) => socket.close(4999, reason) });
  return serving(app, async ({ join }) => {
    const client = await opened(join());
    for (const name of ["a", "b", "c"]) client.send(name);
    assert.equal(await endOf(client), [4999, reason]);
    await eventually(() => seen.length === 3);
    assert.equal(seen, ["open", "a", ["close", 4999, reason]]);
  });
});

test("a connection ended while a message is dealt with ends at once, whatever waits behind it", async () => {
  for (const ms of [0, 30]) {
    let isDone = false;
    const { seen, app } = noted({
      async message(socket) {
        if (ms > 0) await pause(ms);
        socket.close();
        await pause(300);
        isDone = true;
      },
    });
    await serving(app, async ({ join }) => {
      const client = await opened(join());
      for (const name of ["a", "b", "c"]) client.send(name);
      assert.equal(await endOf(client), [1000, ""]);
      assert.equal([isDone, seen], [false, ["open", "a"]]);
      await eventually(() => seen.length === 3);
      assert.equal(seen.at(-1), ["close", 1000, ""]);
    });
  }
});

test("a handler that fails ends the connection with 1011 and is logged, whichever it is and however", async () => {
  const thrown = () => {
    throw new Error("a secret");
  };
  const rejected = async () => thrown();
  const hostile = () => ({ then: thrown });
  for (const fail of [thrown, rejected, hostile]) {
    for (const name of ["open", "message"]) {
      const { seen, app } = noted({ [name]: fail });
      await serving(app, async ({ join, lines }) => {
        const client = await opened(join());
        client.send("a");
        client.send("b");
        assert.equal(await endOf(client), [1011, ""]);
        await eventually(() => seen.length === (name === "open" ? 2 : 3));
        assert.equal(seen.at(-1), ["close", 1011, ""]);
        assert.equal(lines, ["GET /: a secret"]);
      });
    }
  }
});

test("a handler for errors is told of them instead of the log", () => {
  const errors: unknown[] = [];
  const { seen, app } = noted({
    message: async () => {
      throw new Error("a secret");
    },
    error: (socket, error) => errors.push((error as Error).message, socket.request.uri),
  });
  return serving(app, async ({ join, lines }) => {
    const client = await opened(join());
    client.send("a");
    assert.is((await endOf(client))[0], 1011);
    await eventually(() => seen.length === 3);
    assert.equal([errors, lines], [["a secret", "/"], []]);
  });
});

test("where the handler for errors fails, and where the last one does, it is logged", async () => {
  const fail = (name: string) => async () => {
    throw new Error(name);
  };
  const both = noted({ message: fail("message"), error: fail("error") });
  await serving(both.app, async ({ join, lines }) => {
    const client = await opened(join());
    client.send("a");
    await endOf(client);
    await eventually(() => both.seen.length === 3);
    assert.equal(lines, ["GET /: error"]);
  });
  const last = noted({ close: fail("close") });
  await serving(last.app, async ({ join, lines }) => {
    (await opened(join())).close();
    await eventually(() => lines.length === 1);
    assert.equal(lines, ["GET /: close"]);
  });
});

test("who breaks the protocol is told by a code, and no log is", async () => {
  const text = 0x81;
  const breaches: [string, Buffer, number][] = [
    ["text that is no UTF-8", masked(text, Buffer.from([0xff])), 1007],
    ["a frame that is not masked", Buffer.from([text, 1, 97]), 1002],
    ["a bit that means nothing", masked(text | 0x40, Buffer.from("a")), 1002],
    ["an unknown kind of frame", masked(0x83, Buffer.from("a")), 1002],
    ["a continuation of nothing", masked(0x80, Buffer.from("a")), 1002],
    ["a long control frame", masked(0x89, Buffer.alloc(126)), 1002],
    ["a code that is none", masked(0x88, Buffer.from([0x03, 0xed])), 1002],
  ];
  for (const [name, frame, code] of breaches) {
    const errors: unknown[] = [];
    const { seen, app } = noted({ error: (_, error) => errors.push(error) });
    await serving(app, async ({ port, lines }) => {
      const socket = dial(port, asking());
      await eventually(() => seen.length === 1);
      const answer = allOf(socket);
      socket.write(frame);
      const said = Buffer.from(await answer, "latin1");
      assert.equal([name, said.readUInt16BE(said.length - 2)], [name, code]);
      await eventually(() => seen.length === 2);
      assert.equal([name, seen, errors.length, lines], [name, ["open", ["close", 1006, ""]], 1, []]);
    });
  }
});

test("a message longer than the limit ends the connection with 1009, in one frame or in many", async () => {
  for (const [options, limit] of [
    [{}, 2 ** 20],
    [{ maxPayload: 10 }, 10],
  ] as const) {
    const { seen, app } = noted({}, options);
    await serving(app, async ({ join }) => {
      const whole = await opened(join());
      whole.send("x".repeat(limit));
      whole.send("x".repeat(limit + 1));
      assert.is((await endOf(whole))[0], 1009);
      const parted = await opened(join());
      parted.send("x".repeat(limit), { fin: false });
      parted.send("x");
      assert.is((await endOf(parted))[0], 1009);
      await eventually(() => seen.length === 5);
      assert.equal(
        seen
          .filter((item) => typeof item === "string")
          .map((item) => (item as string).length)
          .sort(),
        [limit, 4, 4].sort(),
      );
    });
  }
});

test("who does not answer a ping is cut; who is only slow is not", () => {
  const { seen, app } = noted({ message: () => pause(250) }, { ping: 0.1 });
  return serving(app, async ({ join, port }) => {
    const silent = dial(port, asking());
    await eventually(() => seen.length === 1);
    await allOf(silent);
    await eventually(() => seen.length === 2);
    assert.equal(seen, ["open", ["close", 1006, ""]]);
    const client = await opened(join());
    client.send("a");
    client.send("b");
    client.send("c");
    await eventually(() => seen.length === 6);
    await pause(300);
    assert.is(client.readyState, WebSocket.OPEN);
    assert.equal(seen.slice(2), ["open", "a", "b", "c"]);
  });
});

test("a message that takes its time counts as a sign of life", () => {
  const { seen, app } = noted({}, { ping: 0.1 });
  return serving(app, async ({ port }) => {
    const socket = dial(port, asking()).resume();
    await eventually(() => seen.length === 1);
    const frame = masked(0x81, Buffer.from("slowly"));
    for (const byte of frame) {
      socket.write(Buffer.from([byte]));
      await pause(40);
    }
    assert.equal(seen, ["open", "slowly"]);
    socket.destroy();
  });
});

test("a client that dies is noticed, and the signal of its request aborts", () => {
  const { seen, sockets, app } = noted();
  return serving(app, async ({ join, lines }) => {
    const client = await opened(join());
    await eventually(() => sockets.length === 1);
    const signal = sockets[0]!.request.signal as AbortSignal;
    assert.is(signal.aborted, false);
    client.terminate();
    await eventually(() => seen.length === 2);
    assert.equal(seen, ["open", ["close", 1006, ""]]);
    assert.is(signal.aborted, true);
    assert.equal(lines, []);
  });
});

test("a client that sends at once, without waiting for the handshake, is heard", () => {
  const { seen, app } = noted();
  return serving(app, async ({ port }) => {
    const socket = dial(port);
    socket.write(Buffer.concat([Buffer.from(asking()), masked(0x81, Buffer.from("early"))]));
    await eventually(() => seen.length === 2);
    assert.equal(seen, ["open", "early"]);
    socket.destroy();
  });
});

test("when the server closes, open connections are told goodbye by 1001, and what was sent is dealt with", () => {
  const { seen, app } = noted({ message: () => pause(20) });
  return serving(app, async ({ join, close, lines }) => {
    const client = await opened(join());
    client.send("a");
    client.send("b");
    await eventually(() => seen.length === 2);
    const end = endOf(client);
    await close({ grace: 5 });
    assert.equal(await end, [1001, ""]);
    await eventually(() => seen.length === 4);
    assert.equal(seen, ["open", "a", "b", ["close", 1001, ""]]);
    assert.equal(lines, []);
  });
});

test("a connection that opens while the server closes is told goodbye too", () => {
  const { seen, handlers } = noted();
  const late = GET("/", async () => {
    await pause(50);
    return websocket(handlers);
  });
  return serving(late, async ({ join, close }) => {
    const client = join();
    await pause(25);
    const end = endOf(client);
    await close({ grace: 5 });
    assert.equal(await end, [1001, ""]);
    assert.equal(seen[0], "open");
  });
});

test("who does not say goodbye in turn is cut when the grace is over", () => {
  const { seen, app } = noted();
  return serving(app, async ({ port, close }) => {
    dial(port, asking()).resume();
    await eventually(() => seen.length === 1);
    await close({ grace: 0.05 });
    await eventually(() => seen.length === 2);
    assert.equal(seen.at(-1), ["close", 1006, ""]);
  });
});

test.run();
