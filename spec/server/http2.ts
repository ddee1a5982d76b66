import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { httpError } from "../../lib/errors.js";
import { listener } from "../../lib/server.js";
import type { Handler, Request, Response } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";
import { ok } from "./wire.js";

type Lines = string[];

/** Runs a spec against an HTTP/2 server on loopback. */
async function serving(handler: Handler, spec: (client: ClientHttp2Session, lines: Lines) => Promise<void>) {
  const lines: Lines = [];
  const server = createServer(listener(handler, { log: (line) => lines.push(line) }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await spec(client, lines);
  } finally {
    client.destroy();
    server.close();
  }
}

async function answerOf(stream: ClientHttp2Stream) {
  const [headers] = await once(stream, "response");
  let body = "";
  for await (const chunk of stream.setEncoding("utf8")) body += chunk;
  return { status: headers[":status"], headers, body };
}

test("the request map is that of HTTP/1.1, its host the authority", async () => {
  const requests: Request[] = [];
  const keeping: Handler = (request) => {
    requests.push(request);
    return ok(request.uri);
  };
  await serving(keeping, async (client) => {
    const { status, headers, body } = await answerOf(
      client.request({ ":path": "/a?b", ":authority": "example.com:1" }),
    );
    assert.equal([status, headers["content-length"], body], [200, "2", "/a"]);
    const posted = client.request({ ":method": "POST", ":authority": "a", cookie: ["a=1", "b=2"] });
    posted.end("body");
    await answerOf(posted);
    const [get, post] = requests as [Request, Request];
    assert.equal([get.protocol, get.serverName, get.queryString], ["HTTP/2.0", "example.com", "b"]);
    assert.equal({ ...get.headers }, { host: "example.com:1" });
    assert.equal([get.body, post.body === undefined], [undefined, false]);
    assert.is(post.headers.cookie, "a=1; b=2");
    assert.is(get.remoteAddr, "127.0.0.1");
  });
});

/** 400, or an error of the stream where Node itself refuses the request, as its later versions do. */
const isRefused = (answer: Promise<{ readonly status: unknown }>): Promise<boolean> =>
  answer.then(
    ({ status }) => status === 400,
    ({ message }) => /NGHTTP2_PROTOCOL_ERROR/.test(message),
  );

test("a malformed authority or target is refused", () =>
  serving(
    () => ok(),
    async (client) => {
      assert.ok(await isRefused(answerOf(client.request({ ":authority": "a@b" }))));
      assert.ok(await isRefused(answerOf(client.request({ ":authority": "a", ":path": "/a#b" }))));
    },
  ));

test("streams, HEAD and several cookies are sent as over HTTP/1.1", () =>
  serving(
    ({ uri }) => ({
      status: 200,
      headers: { "set-cookie": ["a=1", "b=2"] },
      body: uri === "/text" ? "text" : Readable.from(["one ", "two"]),
    }),
    async (client) => {
      const streamed = await answerOf(client.request({ ":path": "/" }));
      assert.is(streamed.body, "one two");
      assert.equal(streamed.headers["set-cookie"], ["a=1", "b=2"]);
      const head = await answerOf(client.request({ ":path": "/text", ":method": "HEAD" }));
      assert.equal([head.headers["content-length"], head.body], ["4", ""]);
    },
  ));

test("what cannot be sent is a bare 500", () =>
  serving(
    () => ({ status: 200, headers: { "x-a": "1", "x-b": "a\nb" }, body: "secret" }) as Response,
    async (client, lines) => {
      const { status, headers, body } = await answerOf(client.request({ ":path": "/" }));
      assert.equal([status, headers["x-a"], body], [500, undefined, "Internal Server Error"]);
      assert.is(lines.length, 1);
    },
  ));

test("a stream that is reset aborts its own signal alone, and its body is let go", () => {
  const signals: AbortSignal[] = [];
  const bodies: Readable[] = [];
  const streaming: Handler = ({ signal }) => {
    const body = new Readable({ read() {} });
    body.push("begun");
    signals.push(signal as AbortSignal);
    bodies.push(body);
    return { status: 200, headers: {}, body };
  };
  return serving(streaming, async (client, lines) => {
    const [first, second] = [client.request({ ":path": "/" }), client.request({ ":path": "/" })];
    await Promise.all([once(first.resume(), "response"), once(second.resume(), "response")]);
    first.close(8);
    await eventually(() => bodies[0]?.destroyed === true);
    assert.equal(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
    assert.equal([bodies[1]?.destroyed, lines], [false, []]);
    bodies[1]?.push(null);
    await once(second, "close");
    assert.is(signals[1]?.aborted, false);
  });
});

test("a body that fails midway resets its stream", () => {
  async function* failing() {
    yield "half";
    throw new Error("no more");
  }
  return serving(
    () => ({ status: 200, headers: {}, body: failing() }),
    async (client, lines) => {
      const stream = client.request({ ":path": "/" });
      stream.resume();
      const error = await new Promise<Error>((resolve) => stream.once("error", resolve));
      assert.match(error.message, /NGHTTP2_INTERNAL_ERROR/);
      assert.equal(lines, ["GET /: no more"]);
    },
  );
});

test("fields about the connection stay out of it, and nothing warns", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  const headers = {
    Connection: "close",
    "keep-alive": "timeout=5",
    "Proxy-Connection": "close",
    upgrade: "x",
    vary: "a",
  };
  await serving(
    ({ uri }) => {
      if (uri === "/") return { status: 200, headers, body: "text" };
      throw httpError(413, "Too much", { headers: { connection: "close" } });
    },
    async (client, lines) => {
      const whole = await answerOf(client.request({ ":path": "/" }));
      assert.equal([whole.status, whole.body, whole.headers.vary], [200, "text", "a"]);
      for (const name of Object.keys(headers).slice(0, 4))
        assert.is(whole.headers[name.toLowerCase()], undefined);
      const refused = await answerOf(client.request({ ":path": "/large" }));
      assert.equal([refused.status, refused.body, lines], [413, "Too much", []]);
    },
  );
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", warned);
  assert.equal(warnings, []);
});

test("a header value beyond ASCII is latin1 here too", () =>
  serving(
    ({ uri }) => ({ status: 200, headers: { "x-n": "é" }, body: uri === "/text" ? "é" : ["é"] }),
    async (client) => {
      for (const path of ["/text", "/pieces"]) {
        const { headers, body } = await answerOf(client.request({ ":path": path }));
        assert.equal([headers["x-n"], body], ["é", "é"]);
      }
    },
  ));

test.run();
