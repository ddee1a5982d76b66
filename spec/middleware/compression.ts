/** Which responses are compressed, by what, and what their headers say then. */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { codings } from "../../lib/compress/codings.js";
import { isPromise } from "../../lib/decorate.js";
import { events } from "../../lib/events.js";
import { file } from "../../lib/file.js";
import { html } from "../../lib/html.js";
import { type CompressionOptions, withCompression } from "../../lib/middleware/compression.js";
import { contentType, header } from "../../lib/response.js";
import { GET } from "../../lib/routes.js";
import type { Request, Response, ResponseBody, ResponseHeaders } from "../../lib/types.js";
import { decoded, decoderOf } from "../compress/decode.js";
import { eventually } from "../house/eventually.js";
import { serving } from "../server/wire.js";

const folder = mkdtempSync(join(tmpdir(), "composure-"));
test.after(() => rmSync(folder, { recursive: true }));

const long = "tea and milk; ".repeat(200);
const page = join(folder, "page.html");
const tiny = join(folder, "tiny.html");
const image = join(folder, "image.png");
for (const path of [page, image]) writeFileSync(path, long);
writeFileSync(tiny, "tea");

const request: Request = {
  method: "GET",
  uri: "/",
  headers: { "accept-encoding": "gzip, deflate, br, zstd" },
};
const text = { "content-type": "text/plain" };

type Given = { readonly status?: number; readonly headers?: ResponseHeaders; readonly body?: unknown };

/** What becomes of a response, plain text unless it says something else. */
const answer = (given: Given, headers = {}, options?: CompressionOptions) => {
  const handler = () => ({ status: 200, ...given, headers: { ...text, ...given.headers } }) as Response;
  return withCompression(options)(handler)({ ...request, headers: { ...request.headers, ...headers } });
};
const answered = (...args: Parameters<typeof answer>) => answer(...args) as Promise<Response>;
const fieldsOf = async (...args: Parameters<typeof answer>) => ({ ...(await answered(...args)).headers });

const bytesOf = (body: ResponseBody): Promise<Buffer> =>
  body instanceof Uint8Array ? Promise.resolve(Buffer.from(body)) : buffer(body as Readable);
const readable = async ({ headers, body }: Response): Promise<string> =>
  decoded(String(headers["content-encoding"]), await bytesOf(body as ResponseBody));

test("each kind of body is compressed", async () => {
  const bodies: (() => unknown)[] = [
    () => long,
    () => Buffer.from(long),
    () => new Blob([long]),
    () => Readable.from([long]),
    () => Readable.from([long.slice(0, 50), Buffer.from(long.slice(50))]),
    () => ReadableStream.from([Buffer.from(long)]),
    () => new Set([long]),
    () => [long.slice(0, 7), long.slice(7)],
    () => Readable.from([long]),
    () => file(page),
    () => ({ file: page, size: long.length }),
  ];
  for (const body of bodies) {
    const response = await answered({ body: body() });
    assert.equal({ ...response.headers }, { ...text, vary: "accept-encoding", "content-encoding": "br" });
    assert.is(await readable(response), long);
  }
});

test("the answer is there at once where the body is short, and null stays null", () => {
  assert.not(isPromise(answer({ body: long })));
  assert.ok(isPromise(answer({ body: long.repeat(10) })));
  assert.is(withCompression()(() => null)(request), null);
});

test("the coding is the one that the client likes best, and among equals that of the server", async () => {
  const codingOf = async (accept: string, encodings?: CompressionOptions["encodings"]) => {
    const options = encodings && { encodings };
    return (await fieldsOf({ body: long }, { "accept-encoding": accept }, options))["content-encoding"];
  };
  assert.is(await codingOf("gzip, br"), "br");
  assert.is(await codingOf("gzip, br;q=0.9"), "gzip");
  assert.is(await codingOf("GZIP"), "gzip");
  assert.is(await codingOf("*"), "br");
  assert.is(await codingOf("br, gzip", ["gzip", "br"]), "gzip");
  assert.is(await codingOf("br", ["gzip"]), undefined);
  assert.is(await codingOf("gzip;q=0, deflate"), undefined);
  assert.is(await codingOf("identity, gzip;q=0.5"), undefined);
  assert.is(await codingOf("identity;q=0"), undefined);
  for (const odd of ["", ";", "gzip;q=x", "toString", "__proto__", "constructor, *;q=0"]) {
    assert.is(await codingOf(odd), undefined, odd);
  }
});

test("whoever could have had it compressed is told that it depends on accept-encoding", async () => {
  const plain = await answered({ body: long }, { "accept-encoding": undefined });
  assert.equal({ ...plain.headers }, { ...text, vary: "accept-encoding" });
  assert.is(plain.body, long);
  assert.is((await fieldsOf({ body: long, headers: { vary: "cookie" } })).vary, "cookie, accept-encoding");
});

test("a body below the threshold stays as it is", async () => {
  const untouched = async (given: Given, options?: CompressionOptions) => {
    const response = await answered(given, {}, options);
    assert.equal([response.headers.vary, response.headers["content-encoding"]], [undefined, undefined]);
    assert.is(response.body, given.body);
  };
  await untouched({ body: "x".repeat(1023) });
  await untouched({ body: long }, { threshold: 10_000 });
  await untouched({ body: new Blob(["tea"]) });
  await untouched({ body: { file: tiny, size: 3 } });
  await untouched({ body: Readable.from(["tea"]), headers: { "content-length": "3" } });
  assert.is((await answered({ body: file(tiny) })).headers.vary, undefined);
  assert.is((await fieldsOf({ body: "é".repeat(512) })).vary, "accept-encoding");
  assert.is((await fieldsOf({ body: "x".repeat(1024) }))["content-encoding"], "br");
  assert.is((await fieldsOf({ body: "tea" }, {}, { threshold: 0 }))["content-encoding"], "br");
});

test("types that grow smaller are compressed, and no others", async () => {
  const codingOf = async (type: string) =>
    (await fieldsOf({ body: long, headers: { "content-type": type } }))["content-encoding"];
  const smaller = [
    "text/html; charset=utf-8",
    "TEXT/CSS",
    "text/javascript",
    "application/json",
    "application/json;charset=utf-8",
    "application/problem+json",
    "application/xml",
    "application/atom+xml; type=feed",
    "application/manifest+json",
    "application/javascript",
    "application/x-ndjson",
    "application/wasm",
    "image/svg+xml",
    "font/ttf",
  ];
  const others = [
    "image/png",
    "video/mp4",
    "font/woff2",
    "application/zip",
    "application/pdf",
    "application/octet-stream",
    "application/jsonish",
    "text/event-stream",
    "multipart/mixed",
    "x; y=+json",
    "",
  ];
  for (const type of smaller) assert.is(await codingOf(type), "br", type);
  for (const type of others) assert.is(await codingOf(type), undefined, type);
});

test("what is no whole representation, is coded or digested already, or must not be changed, stays", async () => {
  const same = async (given: Given) => {
    const response = { status: 200, ...given, headers: { ...text, ...given.headers } } as Response;
    assert.is(await withCompression()(() => response)(request), response);
  };
  for (const status of [204, 205, 206]) await same({ status, body: long });
  await same({ body: long, headers: { "content-encoding": "gzip" } });
  await same({ body: long, headers: { "content-range": "bytes 0-9/100" } });
  await same({ body: long, headers: { "repr-digest": "sha-256=:AA==:" } });
  await same({ body: long, headers: { "content-digest": "sha-256=:AA==:" } });
  await same({ body: long, headers: { "cache-control": "max-age=3, No-Transform" } });
  await same({ body: null });
  await same({});
  await same({ body: html`${long}` });
  await same({ body: { not: "a body" } });
  const bare = { status: 200, body: long } as unknown as Response;
  assert.is(await withCompression()(() => bare)(request), bare);
});

test("an error page is compressed as any other", async () => {
  const response = await answered({ status: 500, body: long });
  assert.equal([response.status, await readable(response)], [500, long]);
});

test("two of it compress once", async () => {
  const twice = withCompression()(withCompression()(() => ({ status: 200, headers: text, body: long })));
  assert.is(await readable((await twice(request)) as Response), long);
});

test("an ETag becomes weak, and what is untrue of the compressed bytes goes", async () => {
  const headers = {
    etag: '"a"',
    "content-length": "2800",
    "accept-ranges": "bytes",
    "last-modified": "then",
  };
  const coded = await fieldsOf({ body: long, headers });
  assert.equal(coded, {
    ...text,
    etag: 'W/"a"',
    "last-modified": "then",
    vary: "accept-encoding",
    "content-encoding": "br",
  });
  assert.is((await fieldsOf({ body: long, headers: { etag: 'W/"a"' } })).etag, 'W/"a"');
  const plain = await fieldsOf({ body: long, headers }, { "accept-encoding": "" });
  assert.equal([plain.etag, plain["accept-ranges"]], ['"a"', "bytes"]);
});

test("a 304 says on what it depends, with the ETag that the client holds", async () => {
  const etagOf = async (held?: string, given = {}) => {
    const handler = () => ({ status: 304, headers: { etag: '"a"', ...given }, body: null });
    const headers = { ...request.headers, "if-none-match": held };
    const response = (await withCompression()(handler)({ ...request, headers })) as Response;
    return [response.headers.etag, response.headers.vary];
  };
  assert.equal(await etagOf('"b", W/"a"'), ['W/"a"', "accept-encoding"]);
  assert.equal(await etagOf('"a"'), ['"a"', "accept-encoding"]);
  assert.equal(await etagOf(undefined), ['"a"', "accept-encoding"]);
  assert.equal(await etagOf('W/"a"', { "content-type": "image/png" }), ['"a"', undefined]);
  const none = await withCompression()(() => ({ status: 304, headers: {} }))({
    ...request,
    headers: { "if-none-match": 'W/"a"' },
  });
  assert.equal({ ...none?.headers }, { vary: "accept-encoding" });
});

test("HEAD has the headers of GET, but for a length that nobody knows, and starts nothing", async () => {
  const stream = Readable.from([long]);
  const bodies = [() => long, () => Buffer.from(long), () => file(page), () => new Blob([long])];
  const ask = async (method: string, body: unknown, options = {}) => {
    const handler = () => ({ status: 200, headers: { ...text, etag: '"a"' }, body: body as ResponseBody });
    return (await withCompression(options)(handler)({ ...request, method })) as Response;
  };
  for (const body of [...bodies, () => stream]) {
    const head = await ask("HEAD", body());
    assert.equal({ ...head.headers }, { ...(await ask("GET", body() === stream ? long : body())).headers });
    assert.is(head.body, null);
  }
  assert.ok(stream.destroyed);
  const small = await ask("HEAD", "tea");
  assert.equal({ ...small.headers }, { ...text, etag: '"a"', "content-length": "3" });
  const routed = (await withCompression()(GET("/", () => [contentType("text/css"), long]))({
    ...request,
    method: "HEAD",
  })) as Response;
  assert.equal([routed.headers["content-encoding"], routed.headers["content-length"]], ["br", undefined]);
});

test("what another site asks for in its visitor's name stays as it is, unless it is public or a file", async () => {
  const codingOf = async (headers: Record<string, string>, given: Given = {}) => {
    const fields = await fieldsOf({ body: long, ...given }, headers);
    assert.is(fields.vary, "accept-encoding");
    return fields["content-encoding"];
  };
  const cookie = "composure-session=1";
  const foreign = { "sec-fetch-site": "cross-site" };
  assert.is(await codingOf({ ...foreign, cookie }), undefined);
  for (const scheme of ["Basic YTpi", "digest username=a", "Negotiate YTpi"]) {
    assert.is(await codingOf({ ...foreign, authorization: scheme }), undefined);
  }
  assert.is(await codingOf({ ...foreign, authorization: "Bearer abc" }), "br");
  assert.is(await codingOf(foreign), "br");
  assert.is(
    await codingOf({ ...foreign, cookie }, { headers: { "cache-control": "public, max-age=9" } }),
    "br",
  );
  assert.is(await codingOf({ ...foreign, cookie }, { body: file(page) }), "br");
  for (const site of ["same-origin", "same-site", "none"]) {
    assert.is(await codingOf({ "sec-fetch-site": site, cookie }), "br");
  }
  assert.is(await codingOf({ cookie }), "br");
});

test("a file that is not there, and a folder, are left for whoever sends them", async () => {
  for (const path of [join(folder, "none.html"), folder]) {
    const given = { status: 200, headers: text, body: { file: path } };
    assert.is(await withCompression()(() => given)(request), given);
    await serving(
      withCompression()(() => given),
      async ({ url, lines }) => {
        assert.is((await fetch(url)).status, 500);
        assert.is(lines.length, 1);
      },
    );
  }
});

const fds = "/proc/self/fd";

/** How often this process holds a file open. */
function openings(path: string): number {
  const target = (fd: string) => (existsSync(join(fds, fd)) ? readlinkSync(join(fds, fd)) : "");
  return readdirSync(fds).filter((fd) => target(fd) === path).length;
}

if (existsSync(fds)) {
  test("a file is not opened before it is sent, and closed when nobody wants the rest", async () => {
    const large = join(folder, "large.txt");
    writeFileSync(large, randomBytes(3_000_000));
    const dropped = await answered({ body: file(large) });
    assert.is(openings(large), 0);
    (dropped.body as Readable).destroy();
    const { body } = await answered({ body: file(large) });
    await once(body as Readable, "data");
    assert.is(openings(large), 1);
    (body as Readable).destroy();
    await eventually(() => openings(large) === 0);
  });
}

/** The decoded text of a response over the wire, as far as it has come. */
async function listen(url: string, encoding: string) {
  const [answer] = (await once(get(url, { headers: { "accept-encoding": encoding } }), "response")) as [
    IncomingMessage,
  ];
  let got = "";
  answer.on("error", () => {});
  const coding = answer.headers["content-encoding"];
  const decoder = coding === undefined ? answer : answer.pipe(decoderOf(coding));
  decoder.setEncoding("utf8").on("data", (chunk) => {
    got += chunk;
  });
  return { answer, got: () => got };
}

/** A source whose next piece comes when it is given. */
function given() {
  const waiting: ((piece: string) => void)[] = [];
  async function* pieces() {
    for (;;) yield await new Promise<string>((resolve) => waiting.push(resolve));
  }
  return { pieces: pieces(), give: (piece: string) => waiting.shift()?.(piece) };
}

test("over HTTP, a piece arrives before the next one is made, in each coding", async () => {
  for (const encoding of Object.keys(codings)) {
    const { pieces, give } = given();
    const app = withCompression()(GET("/", () => [contentType("application/x-ndjson"), pieces]));
    await serving(app, async ({ url, lines }) => {
      const { answer, got } = await listen(url, encoding);
      assert.is(answer.headers["content-encoding"], encoding);
      for (const line of ['{"n":1}\n', '{"n":2}\n', '{"n":3}\n']) {
        give(line);
        await eventually(() => got().endsWith(line));
      }
      answer.destroy();
      assert.equal(lines, []);
    });
  }
});

test("over HTTP, an event arrives before the next one is made: event streams are left alone", async () => {
  const { pieces, give } = given();
  await serving(withCompression()(GET("/", () => events(pieces))), async ({ url }) => {
    const { answer, got } = await listen(url, "br");
    assert.equal([answer.headers["content-encoding"], answer.headers.vary], [undefined, undefined]);
    for (const data of ["one", "two", "three"]) {
      give(data);
      await eventually(() => got().endsWith(`data: ${data}\n\n`));
    }
    answer.destroy();
  });
});

test("over HTTP, bodies arrive whole, with the length where it is known", async () => {
  const bodies: Record<string, () => unknown> = {
    "/text": () => long,
    "/large": () => long.repeat(300),
    "/file": () => file(page),
    "/stream": () => Readable.from([long]),
  };
  const app = withCompression()(({ uri }) => ({
    status: 200,
    headers: text,
    body: bodies[uri]?.() as ResponseBody,
  }));
  await serving(app, async ({ url, lines }) => {
    for (const path of Object.keys(bodies)) {
      const headers = { "accept-encoding": "br" };
      const answer = await fetch(url + path, { headers });
      assert.is(answer.headers.get("content-encoding"), "br");
      assert.is(answer.headers.has("content-length"), path === "/text" || path === "/large");
      assert.is(await answer.text(), path === "/large" ? long.repeat(300) : long);
      const head = await fetch(url + path, { method: "HEAD", headers });
      assert.equal([head.headers.get("content-encoding"), head.headers.get("content-length")], ["br", null]);
    }
    assert.equal(lines, []);
  });
});

test("over HTTP, a body that fails midway cuts the connection, and one that nobody reads is let go of", async () => {
  async function* failing(): AsyncGenerator<string> {
    yield long;
    throw new Error("no more");
  }
  await serving(withCompression()(GET("/", () => [contentType("text/plain"), failing()])), async (wire) => {
    const failure = await fetch(wire.url).then((answer) => answer.text().catch((error) => error));
    assert.instance(failure, Error);
    assert.equal(
      wire.lines.map(([line]) => line),
      ["GET /: no more"],
    );
  });
  const source = new Readable({ read() {} });
  source.push(long);
  await serving(withCompression()(GET("/", () => [contentType("text/plain"), source])), async (wire) => {
    const { answer, got } = await listen(wire.url, "gzip");
    await eventually(() => got() === long);
    answer.destroy();
    await eventually(() => source.destroyed);
    assert.equal(wire.lines, []);
  });
});

test("a file that is cut short while it is compressed fails: it never ends as if it were whole", async () => {
  const path = join(folder, "cut.txt");
  writeFileSync(path, randomBytes(2 ** 21).toString("hex"));
  const { body } = await answered({ body: file(path) });
  const pieces = (body as Readable)[Symbol.asyncIterator]();
  await pieces.next();
  truncateSync(path, 1000);
  const rest = async (): Promise<void> => {
    for (;;) if ((await pieces.next()).done) return;
  };
  assert.match(String(await rest().catch((error) => error)), /not as long as its content-length/);
});

test("a stream that was read before is refused", () => {
  const spent = Readable.from([long]);
  spent.destroy();
  const app = withCompression()(() => ({ status: 200, headers: text, body: spent }));
  assert.throws(
    () => app(request),
    /^the response: expected a stream that can still be read, got a Readable/,
  );
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withCompression(options as CompressionOptions);
  for (const threshold of [-1, 1.5, "1kb", null, Number.POSITIVE_INFINITY]) {
    assert.throws(
      make({ threshold }),
      /^withCompression: expected a whole number of bytes as "threshold", got /,
    );
  }
  for (const encodings of ["br", [], ["deflate"], ["toString"], [null], null]) {
    assert.throws(
      make({ encodings }),
      /^withCompression: expected an array of "br", "zstd" and "gzip" as "encodings", got /,
    );
  }
  assert.throws(make({ level: 9 }), /expected options among threshold, encodings, got "level"/);
  assert.not.throws(make({ encodings: ["zstd", "gzip"] }));
});

test("a header of the response is never changed in place", async () => {
  const headers = Object.freeze({ ...text, etag: '"a"' });
  await withCompression()(GET("/", () => [{ headers }, header("x-a", "b"), long]))(request);
  await withCompression()(() => Object.freeze({ status: 200, headers, body: long }))(request);
});

test.run();
