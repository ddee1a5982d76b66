import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { html as markup } from "../../lib/html.js";
import type { Handler, ResponseBody } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";
import { allOf, asking, dial, ok, say, serving, type Wire } from "./wire.js";

const folder = mkdtempSync(join(tmpdir(), "composure-"));
const large = join(folder, "large.bin");
writeFileSync(large, Buffer.alloc(3_000_000, "x"));
test.after(() => rmSync(folder, { recursive: true }));

const html = { "content-type": "text/html" };
const of =
  (body: unknown, headers = {}): Handler =>
  () => ({ status: 200, headers, body: body as ResponseBody });

async function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield `${i};`;
}

/** A stream that never ends by itself. */
const endless = (): Readable =>
  new Readable({
    read() {
      setImmediate(() => this.push(Buffer.alloc(65536)));
    },
  });

/** One that gives a piece and then fails. */
const failing = (): Readable => {
  let isFirst = true;
  return new Readable({
    read() {
      if (isFirst) this.push("half");
      else this.destroy(new Error("no more"));
      isFirst = false;
    },
  });
};

test("each kind of body arrives whole", async () => {
  const bodies: (() => unknown)[] = [
    () => new TextEncoder().encode("0;1;2;"),
    () => Buffer.from("0;1;2;"),
    () => Readable.from(["0;", "1;", "2;"]),
    () => Readable.from([Buffer.from("0;1;2;")], { objectMode: false }),
    () => new Response("0;1;2;").body,
    () => ReadableStream.from(numbers(3)),
    () => new Blob(["0;", "1;2;"]),
    () => numbers(3),
    () => ["0;", "", Buffer.from("1;2;")],
    () => new Set(["0;", "1;2;"]),
  ];
  for (const body of bodies) {
    await serving(of(body()), async ({ url, lines }) => {
      assert.is(await (await fetch(url)).text(), "0;1;2;", String(body));
      assert.equal(lines, []);
    });
  }
});

test("a body of known length announces it, another is sent in chunks", async () => {
  const lengths: [unknown, string | null, Record<string, string>?][] = [
    [new Blob(["abc"]), "3"],
    [Readable.from(["abc"]), null],
    [Readable.from(["abc"]), "3", { "content-length": "3" }],
    [{ file: large }, "3000000"],
    [Readable.from([]), null],
  ];
  for (const [body, length, headers] of lengths) {
    await serving(of(body, headers), async ({ url }) => {
      const answer = await fetch(url);
      assert.is(answer.headers.get("content-length"), length);
      await answer.arrayBuffer();
    });
  }
});

test("a blob brings its type, unless there is one", async () => {
  const blob = new Blob(["{}"], { type: "application/json" });
  await serving(of(blob), async ({ url }) => {
    assert.is((await fetch(url)).headers.get("content-type"), "application/json");
    assert.is((await fetch(url, { method: "HEAD" })).headers.get("content-type"), "application/json");
  });
  await serving(of(blob, html), async ({ url }) => {
    assert.is((await fetch(url)).headers.get("content-type"), "text/html");
  });
});

test("markup that a decorator put into a response is sent as such", () =>
  serving(of(markup`<p>${"<"}</p>`), async ({ url }) => {
    const answer = await fetch(url);
    assert.is(answer.headers.get("content-type"), "text/html; charset=utf-8");
    assert.is(await answer.text(), "<p>&lt;</p>");
  }));

test("the head of a stream is sent before its first piece", () =>
  serving(of(new Readable({ read() {} })), async ({ port }) => {
    const socket = dial(port, asking("GET /"));
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes;
    });
    await eventually(() => answer.includes("\r\n\r\n"));
    socket.destroy();
  }));

test("files arrive whole, also empty ones, and many on one connection", async () => {
  const empty = join(folder, "empty");
  writeFileSync(empty, "");
  await serving(
    ({ uri }) => ({ status: 200, headers: {}, body: { file: uri === "/empty" ? empty : large } }),
    async ({ url }) => {
      for (let i = 0; i < 5; i++) assert.is((await (await fetch(url)).arrayBuffer()).byteLength, 3_000_000);
      assert.is(await (await fetch(`${url}/empty`)).text(), "");
    },
  );
});

test("a file that is not there is 500, reported, and not named", async () => {
  for (const file of [join(folder, "nowhere"), folder]) {
    await serving(of({ file }), async ({ url, lines }) => {
      const answer = await fetch(url);
      assert.is(answer.status, 500);
      assert.is(await answer.text(), "Internal Server Error");
      assert.is(lines.length, 1);
      assert.match(lines[0]?.[0] as string, /^GET \/: (ENOENT|Expected a file at)/);
    });
  }
});

test("HEAD opens nothing and lets go of streams", async () => {
  const stream = createReadStream(large);
  let isCancelled = false;
  const web = new ReadableStream({
    cancel() {
      isCancelled = true;
    },
  });
  const head = (body: unknown, spec: (answer: Response, wire: Wire) => Promise<void> | void, headers = {}) =>
    serving(of(body, headers), async (wire) => spec(await fetch(wire.url, { method: "HEAD" }), wire));
  await head(endless(), (answer) => assert.is(answer.headers.get("content-length"), null));
  await head(stream, () => assert.ok(stream.destroyed));
  await head(web, () => assert.ok(isCancelled));
  await head({ file: large }, (answer) => assert.is(answer.headers.get("content-length"), "3000000"));
  await head({ file: "/nowhere", size: 7 }, (answer) => assert.is(answer.headers.get("content-length"), "7"));
  await head(endless(), (answer) => assert.is(answer.headers.get("content-length"), "9"), {
    "content-length": "9",
  });
});

test("a stream that fails after it was let go hurts nobody", () => {
  const unopened: Handler = ({ uri }) =>
    uri === "/" ? { status: 204, headers: {}, body: createReadStream("/nowhere") } : ok();
  return serving(unopened, async ({ url, lines }) => {
    assert.is((await fetch(url)).status, 204);
    assert.is((await fetch(url, { method: "HEAD" })).status, 204);
    assert.is((await fetch(`${url}/next`)).status, 200);
    assert.equal(lines, []);
  });
});

test("a stream that was read or destroyed before is 500", async () => {
  const destroyed = endless().destroy();
  const read = Readable.from(["a"]);
  for await (const _ of read);
  const locked = new ReadableStream();
  locked.getReader();
  for (const body of [destroyed, read, locked]) {
    await serving(of(body), async ({ url, lines }) => {
      assert.is((await fetch(url)).status, 500);
      assert.is(lines.length, 1);
    });
  }
});

test("a body that fails midway cuts the connection and is reported once", async () => {
  async function* failingPieces() {
    yield "half";
    throw new Error("no more");
  }
  const broken: (() => unknown)[] = [
    failing,
    failingPieces,
    () => ReadableStream.from(failingPieces()),
    () => ["half", 42],
    () => Readable.from(["half", 42]),
    () => Readable.from(["half", { a: 1 }]),
  ];
  for (const body of broken) {
    await serving(of(body()), async ({ port, lines }) => {
      const answer = await say(port, asking("GET /"));
      assert.match(answer, /^HTTP\/1.1 200 OK/);
      assert.not.match(answer, /\r\n0\r\n\r\n$/);
      assert.is(lines.length, 1, String(body));
    });
  }
});

test("a stream destroyed midway without an error is a failure too", () => {
  const stream = failing();
  stream._read = () => {
    stream.push("half");
    setImmediate(() => stream.destroy());
  };
  return serving(of(stream), async ({ port, lines }) => {
    assert.not.match(await say(port, asking("GET /")), /\r\n0\r\n\r\n$/);
    assert.is(lines.length, 1);
  });
});

test("a stream longer or shorter than its announced length cuts the connection", async () => {
  for (const length of ["2", "9"]) {
    await serving(of(Readable.from(["abcd"]), { "content-length": length }), async ({ port, lines }) => {
      const answer = await allOf(dial(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
      assert.match(answer, /^(HTTP\/1.1 200|$)/);
      assert.not.match(answer, length === "2" ? /abc/ : /abcd.+/);
      assert.match(
        lines[0]?.[0] as string,
        new RegExp(`not as long as its content-length, which is ${length}`),
      );
      assert.is(lines.length, 1);
    });
  }
  await serving(of(Readable.from(["abcd"]), { "content-length": "x" }), async ({ url, lines }) => {
    assert.is((await fetch(url)).status, 500);
    assert.match(lines[0]?.[0] as string, /expected a number of bytes as "content-length", got "x"/);
  });
});

test("a stream of a response that cannot be sent is destroyed", async () => {
  const headers = { "x-a": "a\nb" };
  const stream = endless();
  await serving(of(stream, headers), async ({ url }) => {
    assert.is((await fetch(url)).status, 500);
    assert.ok(stream.destroyed);
  });
});

test("a slow client makes the body wait", () => {
  let pushed = 0;
  const stream = new Readable({
    read() {
      pushed += 65536;
      this.push(Buffer.alloc(65536));
    },
  });
  return serving(of(stream), async ({ port }) => {
    const socket = dial(port, asking("GET /"));
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.pause();
    await eventually(() => pushed > 0);
    let before = -1;
    while (before !== pushed && pushed < 100_000_000) {
      before = pushed;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(pushed < 100_000_000);
    socket.destroy();
    await eventually(() => stream.destroyed);
  });
});

test("a client that leaves ends every kind of body, and nothing is reported", async () => {
  let isCancelled = false;
  let isReturned = false;
  async function* pieces() {
    try {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield Buffer.alloc(65536);
      }
    } finally {
      isReturned = true;
    }
  }
  const web = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65536)),
    cancel() {
      isCancelled = true;
    },
  });
  const stream = endless();
  const silent = new Readable({ read() {} });
  const over = [() => stream.destroyed, () => silent.destroyed, () => isCancelled, () => isReturned];
  for (const [i, body] of [stream, silent, web, pieces()].entries()) {
    await serving(of(body), async ({ port, lines }) => {
      const socket = dial(port, asking("GET /"));
      await new Promise((resolve) => socket.once("data", resolve));
      socket.resetAndDestroy();
      await eventually(over[i] as () => boolean);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(lines, []);
    });
  }
});

test("a client that left before the answer gets none, and its body is let go", async () => {
  const stream = endless();
  let answer: (() => void) | undefined;
  await serving(
    ({ signal }) =>
      new Promise((resolve) => {
        answer = () => signal?.aborted && resolve({ status: 200, headers: {}, body: stream });
      }),
    async ({ port, lines }) => {
      const socket = dial(port, asking("GET /"));
      await eventually(() => answer !== undefined);
      socket.destroy();
      await eventually(() => {
        answer?.();
        return stream.destroyed;
      });
      assert.equal(lines, []);
    },
  );
});

test("a client that leaves while its answer waits behind another lets go of both", async () => {
  const streams = [endless(), endless()];
  await serving(
    ({ uri }) => ({ status: 200, headers: {}, body: streams[Number(uri.slice(1))] as Readable }),
    async ({ port }) => {
      const socket = dial(port, `GET /0 HTTP/1.1\r\nhost: a\r\n\r\n${asking("GET /1")}`);
      await new Promise((resolve) => socket.once("data", resolve));
      socket.destroy();
      await eventually(() => streams.every(({ destroyed }) => destroyed));
    },
  );
});

const descriptors = (): number => readdirSync("/proc/self/fd").length;

if (existsSync("/proc/self/fd")) {
  test("no descriptor of a file stays open, whatever the client does", async () => {
    const leave = (port: number) =>
      new Promise((resolve) => {
        const req = get({ port, host: "127.0.0.1", agent: false }, (res) =>
          res.once("data", () => req.destroy()),
        );
        req.on("error", () => {}).once("close", resolve);
      });
    await serving(of({ file: large }), async ({ url, port }) => {
      await (await fetch(url)).arrayBuffer();
      const before = descriptors();
      for (let i = 0; i < 30; i++) {
        dial(port, asking("GET /")).end().destroy();
        await leave(port);
      }
      const twice = dial(port, `GET / HTTP/1.1\r\nhost: a\r\n\r\n${asking("GET /")}`);
      await new Promise((resolve) => twice.once("data", resolve));
      twice.destroy();
      await eventually(() => descriptors() <= before + 1);
    });
  });
} else {
  console.log("skipped: descriptors are counted in /proc, which is not here");
}

test("an answer of text after all this is still an answer", () =>
  serving(
    () => ok("fine"),
    async ({ url }) => assert.is(await (await fetch(url)).text(), "fine"),
  ));

test("what only looks like a body is 500 before anything is sent", async () => {
  const bodies = [new Map([["a", "b"]]), new Int16Array(2), new URLSearchParams("a=b"), { pipe() {} }, 5];
  for (const body of bodies) {
    await serving(of(body), async ({ url, lines }) => {
      assert.is((await fetch(url)).status, 500);
      assert.match(lines[0]?.[0] as string, /the response: expected a body of text, bytes, /);
    });
  }
});

test("a stream that is destroyed with what is no error is reported all the same", async () => {
  const destroyed = (): Readable => {
    const stream = new Readable({ read() {} });
    stream.push("half");
    setImmediate(() => stream.destroy(Object.create(null)));
    return stream;
  };
  await serving(
    () => ({ status: 200, headers: {}, body: destroyed() }),
    async ({ port, lines }) => {
      assert.match(await say(port, asking("GET /")), /half\r\n$/);
      assert.equal(
        lines.map(([line]) => line),
        ["GET /: [an error that cannot be shown]"],
      );
    },
  );
});

test.run();
