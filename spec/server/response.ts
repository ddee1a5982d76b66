import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { httpError } from "../../lib/errors.js";
import { listener } from "../../lib/server.js";
import { type Handler, noted, type Response } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";
import { allOf, asking, dial, ok, say, serving } from "./wire.js";

const headOf = (answer: string): string => answer.slice(0, answer.indexOf("\r\n\r\n"));
const bodyOf = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4);

/** What goes over the wire for this response. */
const sent = async (response: unknown, request = asking("GET /")): Promise<string> => {
  let answer = "";
  await serving(
    () => response as Response,
    async ({ port }) => {
      answer = await say(port, request);
    },
  );
  return answer;
};

test("text goes out with its length in bytes, and with no type that nobody gave", async () => {
  const answer = await sent({ status: 201, headers: { "x-a": "b" }, body: "é!" });
  assert.match(headOf(answer), /^HTTP\/1.1 201 Created\r\nx-a: b\r\ncontent-length: 3\r\nDate: /);
  assert.is(bodyOf(answer), "\xc3\xa9!");
  assert.not.match(answer, /content-type/i);
});

test("no body is an empty one", async () => {
  for (const body of [null, undefined, "", new Uint8Array()]) {
    assert.match(headOf(await sent({ status: 200, headers: {}, body })), /content-length: 0/);
  }
  assert.match(await sent({ status: 200 }), /^HTTP\/1.1 200 OK/);
});

test("an array of values is as many lines", async () => {
  const answer = await sent({ status: 200, headers: { "set-cookie": ["a=1", "b=2"], "x-a": ["1", "2"] } });
  assert.match(answer, /set-cookie: a=1\r\nset-cookie: b=2\r\nx-a: 1\r\nx-a: 2\r\n/);
});

test("204 and 304 have neither body nor length, 205 has length 0", async () => {
  for (const status of [204, 304]) {
    const answer = await sent({ status, headers: { "content-length": "2" }, body: "no" });
    assert.not.match(answer, /content-length|transfer-encoding/i);
    assert.is(bodyOf(answer), "");
  }
  const answer = await sent({ status: 205, headers: {}, body: "no" });
  assert.match(headOf(answer), /content-length: 0/);
  assert.is(bodyOf(answer), "");
});

test("a length that a handler gives for what is known is put right, a coding is left out", async () => {
  const headers = { "Content-Length": "99", "Transfer-Encoding": "chunked" };
  const answer = await sent({ status: 200, headers, body: "abc" });
  assert.is(headOf(answer).match(/content-length/gi)?.length, 1);
  assert.match(answer, /content-length: 3\r\n/);
  assert.not.match(answer, /transfer-encoding/i);
});

test("HEAD has the head of GET and nothing more", async () => {
  const answer = await sent(
    { status: 200, headers: { "content-type": "text/plain" }, body: "abc" },
    asking("HEAD /"),
  );
  assert.match(headOf(answer), /content-type: text\/plain\r\ncontent-length: 3/);
  assert.is(bodyOf(answer), "");
  const own = await sent({ status: 200, headers: { "content-length": "7" }, body: null }, asking("HEAD /"));
  assert.match(headOf(own), /content-length: 7/);
  assert.not.match(await sent({ status: 200, headers: {}, body: null }, asking("HEAD /")), /content-length/);
});

test("a synchronous answer is sent in the same turn", () =>
  serving(
    () => ok(),
    async ({ server, port }) => {
      let ended: boolean | undefined;
      server.on("request", (_req, res) => {
        ended = res.writableEnded;
      });
      await say(port, asking("GET /"));
      assert.is(ended, true);
    },
  ));

/** What the client sees, and what is reported. */
const outcome = async (handler: Handler, request = asking("GET /")) => {
  let answer = "";
  let reported: [string, unknown][] = [];
  await serving(handler, async ({ port, lines }) => {
    answer = await say(port, request);
    reported = lines;
  });
  return { answer, lines: reported.map(([line]) => line) };
};

test("null is 404, 405 or 204", async () => {
  const handler: Handler = (request) => {
    if (request.uri === "/known") request[noted]?.allow.push("GET");
    return null;
  };
  const { answer, lines } = await outcome(handler);
  assert.match(answer, /^HTTP\/1.1 404 Not Found/);
  assert.is(bodyOf(answer), "Not Found");
  assert.match(
    (await outcome(handler, asking("POST /known"))).answer,
    /^HTTP\/1.1 405 .*\r\n[\s\S]*allow: GET, HEAD, OPTIONS/,
  );
  assert.match(
    (await outcome(handler, asking("OPTIONS /known"))).answer,
    /^HTTP\/1.1 204 .*\r\nallow: GET, HEAD, OPTIONS/,
  );
  assert.is(lines.length, 0);
});

test("an error is 500 without detail, and reported once", async () => {
  const throwing: Handler = () => {
    throw new Error("secret");
  };
  for (const handler of [throwing, () => Promise.reject(new Error("secret"))]) {
    const { answer, lines } = await outcome(handler);
    assert.match(answer, /^HTTP\/1.1 500 /);
    assert.is(bodyOf(answer), "Internal Server Error");
    assert.not.match(answer, /secret/);
    assert.equal(lines, ["GET /: secret"]);
  }
});

test("an error with a status to expose is shown and not reported", async () => {
  const { answer, lines } = await outcome(() => Promise.reject(httpError(422, "No such colour")));
  assert.match(answer, /^HTTP\/1.1 422 /);
  assert.is(bodyOf(answer), "No such colour");
  assert.is(lines.length, 0);
});

test("a session or flash that nobody would keep is 500, and the report says why", async () => {
  for (const key of ["session", "flash"]) {
    for (const value of [null, { name: "Ada" }]) {
      const { answer, lines } = await outcome(() => ({ ...ok("secret"), [key]: value }));
      assert.match(answer, /^HTTP\/1.1 500 /);
      assert.is(bodyOf(answer), "Internal Server Error");
      assert.match(
        lines[0] as string,
        new RegExp(`^GET /: .*there is no withSession around this handler, so its ${key}`),
      );
    }
  }
});

test("what is no response is 500, and the report says what was expected", async () => {
  const cases: [unknown, RegExp][] = [
    ["text", /the handler: expected a response map .*, got "text"/],
    [{ headers: {} }, /a status from 200 to 599, got undefined/],
    [{ status: 99, headers: {} }, /a status from 200 to 599, got 99/],
    [{ status: 600, headers: {} }, /a status from 200 to 599, got 600/],
    [{ status: "200", headers: {} }, /a status from 200 to 599, got "200"/],
    [{ status: 200, headers: {}, body: 42 }, /expected a body of text, bytes, .*, got 42/],
    [
      { status: 200, headers: {}, body: { a: 1 } },
      /expected a body of text, bytes, .*, got an object with a/,
    ],
    [
      { status: 200, headers: { "x-a": "a\r\nb: c" }, body: "" },
      /Invalid character in header content \["x-a"\]/,
    ],
    [{ status: 200, headers: { "x a": "a" }, body: "" }, /must be a valid HTTP token/],
    [{ status: 200, headers: { "x-a": undefined }, body: "" }, /Invalid value "undefined" for header "x-a"/],
  ];
  for (const [response, report] of cases) {
    const { answer, lines } = await outcome(() => response as Response);
    assert.match(answer, /^HTTP\/1.1 500 Internal Server Error\r\n/, `${report}: ${answer}`);
    assert.is(answer.match(/HTTP\/1.1/g)?.length, 1);
    assert.is(bodyOf(answer), "Internal Server Error");
    assert.is(lines.length, 1);
    assert.match(lines[0] as string, report);
  }
});

test("a wrong handler or log is refused at once", () => {
  assert.throws(() => listener({} as never), /listener: expected a handler \(a function\) first, got {}/);
  assert.throws(
    () => listener(() => null, { log: 1 as never }),
    /listener: expected a function as "log", got 1/,
  );
});

test("requests in a row on one connection are answered in their order", () =>
  serving(
    async ({ uri }) => {
      if (uri === "/slow") await new Promise((resolve) => setTimeout(resolve, 20));
      return ok(uri);
    },
    async ({ port }) => {
      const get = (uri: string) => `GET ${uri} HTTP/1.1\r\nhost: a\r\n\r\n`;
      const answer = await say(port, get("/slow") + get("/fast") + asking("GET /last"));
      assert.equal(answer.match(/\/(slow|fast|last)/g), ["/slow", "/fast", "/last"]);
    },
  ));

test("a client that waits for 100 gets it", () =>
  serving(
    async ({ body }) => ok(String(await new Response(body as unknown as ReadableStream).text())),
    async ({ port }) => {
      const answer = await say(port, `${asking("POST /", "content-length: 2", "expect: 100-continue")}ab`);
      assert.match(answer, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
    },
  ));

test("a body that is not read does not disturb the next request", () =>
  serving(
    ({ uri }) => ok(uri),
    async ({ port }) => {
      const post = "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\nGET /evil HTTP/1.1\r\n";
      const answer = await say(port, post + asking("GET /b"));
      assert.equal(answer.match(/\r\n\r\n\/[a-z]+/g), ["\r\n\r\n/a", "\r\n\r\n/b"]);
    },
  ));

test("an upload that is refused sees its answer, then the end of the connection", () =>
  serving(
    () => Promise.reject(httpError(413, "Too much", { headers: { connection: "close" } })),
    async ({ port }) => {
      const socket = dial(port, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50000000\r\n\r\n");
      let answer = "";
      let isOver = false;
      socket.setEncoding("latin1").on("data", (text) => {
        answer += text;
      });
      socket.once("close", () => {
        isOver = true;
      });
      await eventually(() => answer.endsWith("Too much"));
      assert.match(answer, /^HTTP\/1.1 413 .*\r\n[\s\S]*connection: close/);
      assert.is(answer.match(/connection/gi)?.length, 1);
      assert.is(isOver, false);
      for (let i = 0; i < 50; i++) socket.write(Buffer.alloc(1_000_000));
      await eventually(() => isOver);
    },
  ));

test("a client that never ends its refused upload is cut off", () =>
  serving(
    () => null,
    async ({ port }) => {
      const answer = await say(port, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
      assert.match(answer, /Not Found$/);
    },
  ));

test("a header value beyond ASCII goes out in latin1, whatever the body is", async () => {
  const bodies = ["abc", "é", "", new Uint8Array(2), ["a", "b"], new Blob(["ab"])];
  for (const request of [asking("GET /"), asking("HEAD /"), asking("POST /", "transfer-encoding: chunked")]) {
    for (const body of bodies) {
      for (const status of [200, 404]) {
        const upload = request.startsWith("POST") ? "0\r\n\r\n" : "";
        const answer = await sent({ status, headers: { "x-n": "é" }, body }, `${request}${upload}`);
        assert.match(headOf(answer), /\r\nx-n: \xe9\r\n/, `${request}${body}${headOf(answer)}`);
        if (body === "é") assert.ok(answer.endsWith(request.startsWith("HEAD") ? "\r\n\r\n" : "\xc3\xa9"));
      }
    }
  }
});

test("a refused upload sees header values in latin1 too", async () => {
  for (const body of ["abc", "é", ""]) {
    const request = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    await serving(
      () => ({ status: 413, headers: { "x-n": "é" }, body }),
      async ({ port }) => {
        const socket = dial(port, request);
        let answer = "";
        socket.setEncoding("latin1").on("data", (text) => {
          answer += text;
        });
        await eventually(() => answer.includes("\r\n\r\n"));
        assert.match(answer, /\r\nx-n: \xe9\r\n/);
        socket.write("12345");
        await eventually(() => socket.closed);
      },
    );
  }
});

test("HEAD says the length that GET has", async () => {
  const responses = [
    { status: 200, headers: { "content-length": "99" }, body: "abc" },
    { status: 200, headers: { "Content-Length": "99" }, body: new Blob(["abc"]) },
    { status: 205, headers: {}, body: "x" },
    { status: 205, headers: { "content-length": "9" } },
  ];
  const lengthsOf = (answer: string) => answer.match(/content-length: \d+/gi);
  for (const response of responses) {
    const got = lengthsOf(await sent(response));
    assert.is(got?.length, 1);
    assert.equal(lengthsOf(await sent(response, asking("HEAD /"))), got);
  }
});

test("a value that is the word connection is no header of that name", async () => {
  const request = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n";
  const refusing =
    (headers: Record<string, string>): Handler =>
    () => ({ status: 413, headers, body: "no" });
  for (const headers of [{ vary: "connection" }, { Connection: "close" }] as Record<string, string>[]) {
    await serving(refusing(headers), async ({ port }) => {
      const socket = dial(port, request);
      setTimeout(() => socket.write("ab"), 20);
      assert.is((await allOf(socket)).match(/connection: close/gi)?.length, 1);
    });
  }
});

const thrower = () => {
  throw new Error("looked at");
};

/** What is taken for a promise for its method alone. */
const promiseLike = (method: () => unknown, name = "then") => ({ [name]: method });

test("responses and errors that throw when they are looked at are 500 and reported", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const handlers: Handler[] = [
    () => Object.defineProperty({ status: 200, headers: {} }, "body", { get: thrower }),
    () => new Proxy({} as Response, { get: (_, key) => (key === "then" ? undefined : thrower()) }),
    () => ({ status: 200, headers: {}, body: proxy as never }),
    () => proxy as Response,
    async () => proxy as Response,
    () => Promise.reject(proxy),
    () => Promise.reject(Object.create(null)),
    () => promiseLike(() => promiseLike(() => promiseLike(thrower))) as never,
  ];
  for (const handler of handlers) {
    const { answer, lines } = await outcome(handler);
    assert.match(answer, /^HTTP\/1.1 500 /);
    assert.is(lines.length, 1);
  }
});

test("a log that fails disturbs no answer", async () => {
  const { error } = console;
  const shown: unknown[] = [];
  console.error = (...args: unknown[]) => shown.push(args);
  try {
    for (const log of [thrower, async () => thrower()]) {
      const server = createServer(listener(() => Promise.reject(new Error("fault")), { log }));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      assert.match(await say(port, asking("GET /")), /^HTTP\/1.1 500 /);
      server.close();
    }
  } finally {
    console.error = error;
  }
  assert.is(shown.length, 2);
});

test.run();
