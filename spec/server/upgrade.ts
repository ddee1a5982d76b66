import { once } from "node:events";
import { Agent, createServer, request as httpRequest, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withSession } from "../../lib/middleware/session.js";
import { header } from "../../lib/response.js";
import { GET, POST, routes } from "../../lib/routes.js";
import { listener, serve, upgrader } from "../../lib/server.js";
import type { Handler, Handover, Raw, Response } from "../../lib/types.js";
import { sessionAssoc } from "../../lib/updates.js";
import { eventually } from "../house/eventually.js";
import { allOf, dial, ok, say } from "./wire.js";

type Wire = { readonly port: number; readonly server: Server; readonly lines: string[] };

/** Runs a spec against a server that hears of upgrades. */
async function serving(handler: Handler, spec: (wire: Wire) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const options = { log: (line: string) => lines.push(line) };
  const server = createServer(listener(handler, options)).on("upgrade", upgrader(handler, options));
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await spec({ port: (server.address() as AddressInfo).port, server, lines });
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

const head = (line: string, ...fields: string[]): string =>
  [`${line} HTTP/1.1`, "host: a", ...fields, "", ""].join("\r\n");

const asking = (line: string, ...fields: string[]): string =>
  head(line, "connection: Upgrade", "upgrade: WebSocket", ...fields);

/** As Java's HttpClient asks with every request. */
const h2c = ["connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__"];
const last = head("GET /last", "connection: close");

const form = "content-type: application/x-www-form-urlencoded";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const app = routes(
  GET("/slow", async () => {
    await pause(30);
    return "slow";
  }),
  GET("/final", [header("connection", "close"), "final"]),
  GET("/:name", ({ params }) => params.name),
  POST("/form", ({ formParams }) => JSON.stringify(formParams)),
);

/** The bodies of the responses in what a server wrote; each has a length. */
function bodiesOf(answer: string): string[] {
  const [, length, rest] = /content-length: (\d+)\r\n.*?\r\n\r\n(.*)$/s.exec(answer) ?? [];
  if (length === undefined) return [];
  return [rest!.slice(0, Number(length)), ...bodiesOf(rest!.slice(Number(length)))];
}

/** A response that greets in a protocol of its own, and what it was given. */
function greeting(response: Partial<Response> = {}) {
  const handovers: Handover[] = [];
  const handler: Handler = () => ({
    status: 200,
    headers: { "x-a": "b" },
    upgrade: (handover) => {
      handovers.push(handover);
      socketOf(handover).end("greetings");
    },
    ...response,
  });
  return { handler, handovers };
}

const socketOf = ({ req }: Handover | Raw): Socket => (req as { socket: Socket }).socket;

test("a request for another protocol than that of WebSockets is answered as if it had not asked", () =>
  serving(app, async ({ port }) => {
    const posted = head("POST /form", ...h2c, form, "content-length: 7");
    const answer = await say(port, `${head("GET /one", ...h2c)}${posted}a=1&b=2${last}`);
    assert.equal(bodiesOf(answer), ["one", '{"a":"1","b":"2"}', "last"]);
    assert.is(answer.match(/keep-alive: timeout/gi)?.length, 2);
  }));

test("its body may be chunked, and come late", () =>
  serving(app, async ({ port }) => {
    const socket = dial(port, head("POST /form", ...h2c, form, "transfer-encoding: chunked"));
    const answer = allOf(socket);
    await pause(20);
    socket.write("3\r\na=1\r\n");
    await pause(20);
    socket.write(`4\r\n&b=2\r\n0\r\n\r\n${last}`);
    assert.equal(bodiesOf(await answer), ['{"a":"1","b":"2"}', "last"]);
  }));

test("its fields stay as they are, byte by byte", () => {
  const fields: (string | undefined)[] = [];
  const reading: Handler = ({ headers }) => {
    fields.push(headers["x-a"], headers.upgrade, headers.connection);
    return ok();
  };
  return serving(reading, async ({ port }) => {
    await say(
      port,
      head("GET /", "connection: upgrade, close", "Upgrade: h2c", "X-A: \xe9\xc3\xa9", "x-a:b"),
    );
    assert.equal(fields, ["\xe9\xc3\xa9, b", undefined, "upgrade, close"]);
  });
});

test("a large body of such a request arrives whole", () => {
  const counting: Handler = async ({ body }) => {
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) size += chunk.length;
    return ok(String(size));
  };
  return serving(counting, async ({ port }) => {
    const body = "x".repeat(5_000_000);
    const posted = head("POST /", "connection: upgrade, close", "upgrade: h2c", "content-length: 5000000");
    assert.equal(bodiesOf(await say(port, posted + body)), ["5000000"]);
  });
});

test("a GET for WebSockets that has a body, and any other method, are ordinary requests", () =>
  serving(app, async ({ port }) => {
    const posted = asking("POST /form", form, "content-length: 3");
    const withBody = asking("GET /one", "transfer-encoding: chunked");
    const without = asking("POST /form");
    const answer = await say(port, `${posted}a=1${withBody}1\r\nx\r\n0\r\n\r\n${without}${last}`);
    assert.equal(bodiesOf(answer), ['{"a":"1"}', "one", "{}", "last"]);
  }));

test("responses keep the order of their requests", () =>
  serving(app, async ({ port, lines }) => {
    const slow = head("GET /slow");
    const answer = await say(port, slow + slow + head("GET /one", ...h2c) + slow + asking("GET /two") + last);
    assert.equal(bodiesOf(answer), ["slow", "slow", "one", "slow", "two"]);
    assert.equal(lines, []);
  }));

test("an upgrade waits for a response that Node gives by itself", () =>
  serving(app, async ({ port }) => {
    const answer = await say(port, `GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n${asking("GET /two")}`);
    assert.equal(bodiesOf(answer), ["The request target is malformed", "two"]);
  }));

test("nothing is asked of the app after a response that ends the connection", () => {
  const asked: string[] = [];
  const noting: Handler = (request) => {
    asked.push(request.uri);
    return app(request);
  };
  return serving(noting, async ({ port }) => {
    const final = head("GET /final");
    assert.equal(bodiesOf(await say(port, final + asking("GET /two"))), ["final"]);
    assert.equal(bodiesOf(await say(port, final + head("GET /two", ...h2c))), ["final"]);
    assert.equal(asked, ["/final", "/final"]);
  });
});

test("a thousand such requests over one connection leave nothing behind on its socket", () => {
  const counts: number[] = [];
  const counting: Handler = ({ raw }) => {
    const socket = socketOf(raw as Raw);
    const names = socket.eventNames();
    counts.push(names.reduce((sum, name) => sum + socket.listenerCount(name), 0));
    return ok();
  };
  return serving(counting, async ({ port }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 1000; i++) {
      const headers = { connection: "upgrade", upgrade: "h2c" };
      const req = httpRequest({ port, host: "127.0.0.1", agent, headers }).end();
      const [res] = await once(req, "response");
      await once(res.resume(), "end");
    }
    agent.destroy();
    assert.is(counts.length, 1000);
    assert.is(counts.at(-1), counts[1]);
  });
});

test("a server that serve made knows each socket once, and lets it finish when it closes", async () => {
  const counts: number[] = [];
  const counting: Handler = async ({ raw }) => {
    counts.push(socketOf(raw as Raw).listenerCount("close"));
    await pause(10);
    return ok();
  };
  const { port, close } = await serve(counting, { port: 0, signals: false });
  const answer = allOf(dial(port, head("GET /", ...h2c).repeat(5)));
  await eventually(() => counts.length === 5);
  await close({ grace: 5 });
  assert.is(new Set(counts).size, 1);
  assert.equal(bodiesOf(await answer), Array(5).fill("ok"));
});

test("the time that Node waits for another request does not run during a slow one", () =>
  serving(app, async ({ port, server }) => {
    server.keepAliveTimeout = 1;
    const waiting: Handler = async ({ uri }) => {
      if (uri === "/late") await pause(1300);
      return ok(uri);
    };
    server.removeAllListeners("request").on("request", listener(waiting) as () => void);
    const late = head("GET /late", "connection: upgrade, close", "upgrade: h2c");
    assert.equal(bodiesOf(await say(port, head("GET /") + late)), ["/", "/late"]);
  }));

test("a request of more fields than Node keeps is cut: its length may be among the lost ones", () =>
  serving(app, async ({ port, server }) => {
    const fields = Array.from({ length: 1000 }, () => "a: b");
    const smuggled = head("GET /smuggled", "connection: close");
    const posted = head("POST /form", ...h2c, ...fields, form, `content-length: ${smuggled.length}`);
    // Later versions of Node refuse such a request by themselves, before anybody is asked.
    assert.match(await say(port, posted + smuggled), /^$|^HTTP\/1\.1 431 /);
    server.maxHeadersCount = 5;
    assert.is(await say(port, head("GET /one", ...h2c, "connection: close")), "");
    server.maxHeadersCount = 0;
    assert.equal(bodiesOf(await say(port, head("GET /one", ...h2c, "connection: close"))), ["one"]);
  }));

test("a request for a WebSocket that the app answers otherwise gets an ordinary response, the last one", () =>
  serving(app, async ({ port }) => {
    const answer = await say(port, asking("GET /one") + last);
    assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(answer, /\r\nconnection: close\r\n/i);
    assert.equal(bodiesOf(answer), ["one"]);
    const unknown = await say(port, asking("GET /no/such"));
    assert.match(unknown, /^HTTP\/1.1 404 Not Found\r\n/);
    assert.equal(bodiesOf(await say(port, asking("GET /slow"))), ["slow"]);
  }));

test("a client that is refused and stays is cut", () =>
  serving(app, async ({ port, server }) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket
      .on("error", () => {})
      .resume()
      .write(asking("GET /one"));
    await once(socket, "end");
    const count = promisify(server.getConnections.bind(server));
    await eventually(async () => (await count()) === 0);
    socket.destroy();
  }));

test("a large refusal arrives whole, also as a stream", () => {
  const body = "x".repeat(3_000_000);
  const large: Handler = ({ uri }) => ({ ...ok(), body: uri === "/text" ? body : [body, body] });
  return serving(large, async ({ port }) => {
    assert.is((await say(port, asking("GET /text"))).split("\r\n\r\n")[1]?.length, 3_000_000);
    assert.ok((await say(port, asking("GET /stream"))).length > 6_000_000);
  });
});

test("what cannot be made a request is refused, and what fails is a 500 that is logged", () => {
  const failing: Handler = () => {
    throw new Error("a secret");
  };
  return serving(failing, async ({ port, lines }) => {
    assert.match(await say(port, asking("GET /", "host: b")), /^HTTP\/1.1 400 /);
    assert.match(await say(port, asking("GET /%")), /^HTTP\/1.1 400 /);
    const answer = await say(port, asking("GET /"));
    assert.match(answer, /^HTTP\/1.1 500 /);
    assert.not.match(answer, /secret/);
    assert.equal(lines, ["GET /: a secret"]);
  });
});

test("a response with an upgrade has the connection handed over, with its headers", () => {
  const { handler, handovers } = greeting();
  return serving(handler, async ({ port, lines }) => {
    assert.is(await say(port, asking("GET /")), "greetings");
    assert.equal(handovers[0]?.headers, { "x-a": "b" });
    assert.type(handovers[0]?.report, "function");
    assert.equal(lines, []);
  });
});

test("what the client sent behind its head is read by whoever takes over", () => {
  const echoing: Handler = async () => ({
    status: 200,
    headers: {},
    upgrade: async (handover) => {
      const [chunk] = await once(socketOf(handover), "data");
      socketOf(handover).end(`read ${chunk}`);
    },
  });
  return serving(echoing, async ({ port }) => {
    assert.is(await say(port, `${asking("GET /")}early`), "read early");
  });
});

test("a response without headers is handed over too", () => {
  const { handler, handovers } = greeting({ headers: undefined as never });
  return serving(handler, async ({ port }) => {
    assert.is(await say(port, asking("GET /")), "greetings");
    assert.equal(handovers[0]?.headers, {});
  });
});

test("a response with an upgrade that was given another status is a refusal", () => {
  const { handler, handovers } = greeting({ status: 403, body: "no" });
  return serving(handler, async ({ port }) => {
    const answer = await say(port, asking("GET /"));
    assert.match(answer, /^HTTP\/1.1 403 Forbidden\r\n/);
    assert.equal([bodiesOf(answer), handovers.length], [["no"], 0]);
  });
});

test("a response that cannot be looked at is a 500 that is logged, at once and later", () => {
  const broken = { status: 200, headers: {} } as Response;
  Object.defineProperty(broken, "upgrade", {
    get() {
      throw new Error("broken");
    },
  });
  return serving(
    ({ uri }) => (uri === "/now" ? broken : pause(5).then(() => broken)),
    async ({ port, lines }) => {
      assert.match(await say(port, asking("GET /now")), /^HTTP\/1.1 500 /);
      assert.match(await say(port, asking("GET /later")), /^HTTP\/1.1 500 /);
      assert.equal(lines, ["GET /now: broken", "GET /later: broken"]);
    },
  );
});

test("an upgrade that fails before it writes is a 500 that is logged", async () => {
  const fails = [
    () => {
      throw new Error("at once");
    },
    () => Promise.reject(new Error("later")),
  ];
  for (const upgrade of fails) {
    await serving(greeting({ upgrade }).handler, async ({ port, lines }) => {
      const answer = await say(port, asking("GET /"));
      assert.match(answer, /^HTTP\/1.1 500 .*connection: close/is);
      assert.ok(/^GET \/: (at once|later)$/.test(lines.join()));
    });
  }
});

test("what an upgrade reports stands in the log of the server", () => {
  const upgrade = ({ report, ...handover }: Handover) => {
    report(new Error("in the midst"));
    socketOf({ report, ...handover }).destroy();
  };
  return serving(greeting({ upgrade }).handler, async ({ port, lines }) => {
    assert.is(await say(port, asking("GET /")), "");
    assert.equal(lines, ["GET /: in the midst"]);
  });
});

test("a session is saved before the connection is handed over; without withSession that is a 500", async () => {
  const { handler, handovers } = greeting();
  const changing = GET("/", () => [sessionAssoc("name", "Ada"), handler({} as never) as Response]);
  await serving(decorate(changing, withSession()), async ({ port }) => {
    assert.is(await say(port, asking("GET /")), "greetings");
    assert.match(String(handovers[0]?.headers["set-cookie"]), /^composure-session=/);
  });
  await serving(changing, async ({ port, lines }) => {
    assert.match(await say(port, asking("GET /")), /^HTTP\/1.1 500 /);
    assert.match(lines.join(), /no withSession around this handler/);
  });
});

test("the signal aborts when the client leaves during the handler, by a reset and by an end", async () => {
  for (const leaving of ["resetAndDestroy", "end"] as const) {
    let signal: AbortSignal | undefined;
    const waiting: Handler = (request) => {
      signal = request.signal;
      return new Promise((_resolve, reject) =>
        signal?.addEventListener("abort", () => reject(signal?.reason)),
      );
    };
    await serving(waiting, async ({ port, lines }) => {
      const socket = dial(port, asking("GET /"));
      await eventually(() => signal !== undefined);
      socket[leaving]();
      await eventually(() => signal?.aborted === true);
      await pause(10);
      assert.equal(lines, []);
    });
  }
});

test("the signal of a connection that was taken over aborts when it ends", () => {
  let signal: AbortSignal | undefined;
  const upgrade = (handover: Handover) => void socketOf(handover).write("greetings");
  const keeping: Handler = (request) => {
    signal = request.signal;
    return { status: 200, headers: {}, upgrade };
  };
  return serving(keeping, async ({ port }) => {
    const socket = dial(port, asking("GET /"));
    await once(socket, "data");
    assert.is(signal?.aborted, false);
    socket.resetAndDestroy();
    await eventually(() => signal?.aborted === true);
  });
});

test("clients that leave at any time do no harm", () =>
  serving(app, async ({ port, lines }) => {
    for (const text of [
      asking("GET /slow"),
      head("GET /slow", ...h2c),
      head("GET /slow") + asking("GET /slow"),
    ]) {
      for (const ms of [0, 1, 5, 35]) {
        const socket = dial(port, text);
        await once(socket, "connect");
        await pause(ms);
        socket.resetAndDestroy();
      }
    }
    await pause(50);
    assert.equal(lines, []);
    assert.equal(bodiesOf(await say(port, last)), ["last"]);
  }));

test("https servers can have it too, for upgrades and for other wishes", async () => {
  // A key that both sides know spares a certificate.
  const psk = Buffer.alloc(32, "key");
  const secure = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
  const server = createSecureServer({ ...secure, pskCallback: () => psk }, listener(app));
  server.on("upgrade", upgrader(app));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const saySecurely = (text: string) => {
    const pskCallback = () => ({ psk, identity: "spec" });
    const checkServerIdentity = () => undefined;
    const socket = connectSecure({ ...secure, port, host: "127.0.0.1", pskCallback, checkServerIdentity });
    socket.write(text);
    return allOf(socket);
  };
  try {
    const posted = head("POST /form", ...h2c, form, "content-length: 3");
    assert.equal(bodiesOf(await saySecurely(`${posted}a=1${last}`)), ['{"a":"1"}', "last"]);
    assert.equal(bodiesOf(await saySecurely(asking("GET /one"))), ["one"]);
  } finally {
    server.close();
  }
});

test("who is handed a connection hears when the server closes, also where it is closing already", async () => {
  const heard: string[] = [];
  const upgrade = (handover: Handover) => {
    const socket = socketOf(handover);
    socket.once("closing", () => {
      heard.push("closing");
      socket.end();
    });
    socket.write("greetings");
  };
  const { port, close } = await serve(
    async ({ uri }) => {
      if (uri === "/slow") await pause(50);
      return { status: 200, headers: {}, upgrade };
    },
    { port: 0, signals: false },
  );
  const open = dial(port, asking("GET /"));
  await once(open, "data");
  const late = dial(port, asking("GET /slow"));
  await pause(20);
  const ended = Promise.all([allOf(open), allOf(late)]);
  await close({ grace: 5 });
  assert.equal(heard, ["closing", "closing"]);
  assert.equal(await ended, ["", "greetings"]);
});

test("upgrader needs a handler", () => {
  assert.throws(() => upgrader({} as never), /^upgrader: expected a handler \(a function\) first/);
});

test.run();
