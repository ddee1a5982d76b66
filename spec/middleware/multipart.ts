import { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import type { HttpError } from "../../lib/errors.js";
import {
  type IncomingUpload,
  type MultipartOptions,
  multipartRequest,
  withMultipart,
} from "../../lib/middleware/multipart.js";
import { decorateRoutes, POST, PUT, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Handler, Request, RequestBody, Response, Upload } from "../../lib/types.js";

const boundary = "----WebKitFormBoundaryqVbq6iLwZ8zXyf1T";

type FormPart = {
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content?: string | Buffer;
};

/** https://html.spec.whatwg.org/#multipart-form-data */
const quoted = (text: string): string =>
  `"${text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22")}"`;

function head({ name, filename, type }: FormPart): string {
  const nameParameter = name === undefined ? "" : `; name=${quoted(name)}`;
  const fileParameter = filename === undefined ? "" : `; filename=${quoted(filename)}`;
  const typeLine = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  return `--${boundary}\r\nContent-Disposition: form-data${nameParameter}${fileParameter}\r\n${typeLine}\r\n`;
}

/** A body as browsers write it. */
const form = (...parts: readonly FormPart[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => [head(part), part.content ?? "", "\r\n"].map((piece) => Buffer.from(piece))),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

const post = (body: RequestBody | undefined, more: Partial<Request> = {}): Request => ({
  method: "POST",
  uri: "/",
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  body,
  ...more,
});

const done: Response = { status: 200, headers: {}, body: "done" };

/** An upload with what its file holds in place of the path. */
const opened = ({ path, ...upload }: Upload) => ({ ...upload, content: readFileSync(path, "utf8") });

const isUpload = (value: unknown): value is Upload => typeof (value as Upload).path === "string";

const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shown);
  return isUpload(value) ? opened(value) : value;
};

/** Fails what hangs. */
async function soon<A>(promise: PromiseLike<A> | A): Promise<A> {
  const timer = new AbortController();
  const late = setTimeout(5000, undefined, { signal: timer.signal }).then(() => {
    throw new Error("still waiting after 5 seconds");
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** The parameters of a body, with what its files hold. */
async function read(body: RequestBody, options?: MultipartOptions): Promise<Record<string, unknown>> {
  let params = {};
  const handler = withMultipart(options)(({ multipartParams = {} }) => {
    params = Object.fromEntries(Object.entries(multipartParams).map(([name, value]) => [name, shown(value)]));
    return done;
  });
  await soon(handler(post(body)));
  return params;
}

async function failure(promise: unknown): Promise<HttpError> {
  try {
    await soon(promise);
  } catch (error) {
    return error as HttpError;
  }
  throw new Error("expected a failure");
}

const temporary = { before: process.env.TMPDIR, root: "" };

/** What is left of temporary files. */
const left = (): readonly string[] => readdirSync(temporary.root);

/** What nobody waits for takes a moment. */
async function untilEmpty(): Promise<void> {
  for (let i = 0; left().length > 0; i++) {
    if (i === 500) throw new Error(`still there: ${left().join(", ")}`);
    await setTimeout(10);
  }
}

const strays: unknown[] = [];
const stray = (error: unknown) => strays.push(error);

test.before(() => {
  temporary.root = mkdtempSync(join(tmpdir(), "multipart-spec-"));
  process.env.TMPDIR = temporary.root;
  process.on("unhandledRejection", stray).on("uncaughtException", stray);
});

test.after.each(async () => {
  await untilEmpty();
  assert.equal(strays.splice(0), []);
});

test.after(() => {
  if (temporary.before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary.before;
  rmSync(temporary.root, { recursive: true });
  process.off("unhandledRejection", stray).off("uncaughtException", stray);
});

const cat: FormPart = { name: "photo", filename: "cat.png", type: "image/png", content: "meow" };

test("text fields are strings, files are maps with the path of a temporary file", async () => {
  assert.equal(await read(form({ name: "title", content: "A cat" }, cat)), {
    title: "A cat",
    photo: { filename: "cat.png", contentType: "image/png", size: 4, content: "meow" },
  });
});

test("a repeated name gives an array in the order of the parts", async () => {
  const dog = { ...cat, filename: "dog.png", content: "w".repeat(100_000) };
  const params = await read(form(cat, { name: "tag", content: "a" }, dog, { name: "tag", content: "" }, cat));
  assert.equal(params.tag, ["a", ""]);
  assert.equal(
    (params.photo as Upload[]).map(({ filename, size }) => [filename, size]),
    [
      ["cat.png", 4],
      ["dog.png", 100_000],
      ["cat.png", 4],
    ],
  );
});

test("a form of any alphabet keeps its names and texts, whatever charset it claims", async () => {
  const params = await read(
    form(
      { name: "größe", content: "π ≈ 3" },
      { name: "latin", type: "text/plain; charset=iso-8859-1", content: "é" },
      { name: "base64", type: "text/plain; charset=base64", content: "é" },
      { name: "utf16", type: "text/plain; charset=utf-16le", content: "odd" },
      { name: "фото", filename: "猫 🐈.png", type: "image/png" },
    ),
  );
  assert.equal(params, {
    größe: "π ≈ 3",
    latin: "é",
    base64: "é",
    utf16: "odd",
    фото: { filename: "猫 🐈.png", contentType: "image/png", size: 0, content: "" },
  });
});

test("what FormData writes is read", async () => {
  const data = new FormData();
  data.append("title", 'a "quoted"\r\nname');
  data.append("file", new File(["content"], 'x "y".txt', { type: "text/plain" }));
  data.append("blob", new Blob(["bytes"]));
  const { headers, body } = new globalThis.Response(data);
  const seen: unknown[] = [];
  const handler = withMultipart()(({ multipartParams: { title, file, blob } = {} }) => {
    seen.push(title, opened(file as Upload), opened(blob as Upload));
    return done;
  });
  await soon(handler(post(body as unknown as RequestBody, { headers: Object.fromEntries(headers) })));
  assert.equal(seen, [
    'a "quoted"\r\nname',
    { filename: "x %22y%22.txt", contentType: "text/plain", size: 7, content: "content" },
    { filename: "blob", contentType: "application/octet-stream", size: 5, content: "bytes" },
  ]);
});

test("names of files lose their paths and control characters", async () => {
  const bare = async (filename: string) =>
    ((await read(form({ ...cat, filename }))).photo as Upload).filename;
  assert.is(await bare("/etc/passwd"), "passwd");
  assert.is(await bare("C:\\Users\\me\\cat.png"), "cat.png");
  assert.is(await bare("../..\\../cat.png"), "cat.png");
  assert.is(await bare("cat\0\x7f\x1b\u0085.png"), "cat.png");
  assert.is(await bare(".\0."), "");
  assert.is(await bare("a/.."), "");
  assert.is(await bare("..."), "...");
});

test("a file field left empty is left out, a file without a name is not", async () => {
  const empty = { name: "photo", filename: "", type: "application/octet-stream" };
  assert.equal(await read(form(empty, { name: "title", content: "none" })), { title: "none" });
  assert.equal(await read(form(empty, cat, empty)), await read(form(cat)));
  assert.is(((await read(form({ ...empty, content: "?" }))).photo as Upload).size, 1);
});

test("a form without parts is an empty map", async () => {
  assert.equal(await read(form()), {});
});

test("a part without a name is dropped", async () => {
  const nameless = { content: "?".repeat(100_000) };
  const params = await read(
    form(nameless, { name: "", content: "?" }, { name: "a", content: "1" }, nameless),
  );
  assert.equal(params, { a: "1" });
});

test("__proto__ and constructor are ordinary names", async () => {
  const body = form({ name: "__proto__", content: "1" }, { ...cat, name: "constructor" });
  const params: object[] = [];
  await withMultipart()(({ multipartParams = {} }) => {
    params.push(multipartParams);
    return done;
  })(post(body));
  assert.is(Object.getPrototypeOf(params[0]), null);
  assert.equal(Object.keys(params[0] as object), ["__proto__", "constructor"]);
});

test("temporary files are private, in a folder of the request, under names that are not the client's", async () => {
  await withMultipart()(({ multipartParams = {} }) => {
    const [one, two] = multipartParams.photo as Upload[];
    assert.is(dirname(one!.path), dirname(two!.path));
    assert.is(dirname(dirname(one!.path)), temporary.root);
    assert.is.not(one!.path, two!.path);
    assert.not.match(one!.path, /cat/);
    assert.is(statSync(one!.path).mode & 0o777, 0o600);
    assert.is(statSync(dirname(one!.path)).mode & 0o777, 0o700);
    return done;
  })(post(form(cat, cat)));
});

test("no folder is made for a form without files", async () => {
  await withMultipart()(() => {
    assert.equal(left(), []);
    return done;
  })(post(form({ name: "a", content: "1" })));
});

test("every kind of body is read", async () => {
  const body = form({ name: "a", content: "1" }, cat);
  const expected = await read(body);
  async function* late() {
    for (const byte of body) yield Buffer.of(byte);
  }
  for (const kind of [
    body.toString(),
    new Uint8Array(body),
    [body.toString()],
    [...body].map((byte) => Buffer.of(byte)),
    late(),
    Readable.from([body]),
    new Blob([body]).stream() as unknown as AsyncIterable<Uint8Array>,
  ]) {
    assert.equal(await read(kind), expected);
  }
});

test("the body is undefined once it has been read", async () => {
  await withMultipart()((request) => {
    assert.is(request.body, undefined);
    assert.is(request.params, undefined);
    return done;
  })(post(form(cat)));
});

test("other requests pass untouched, and at once", () => {
  const same: Handler = (request) => ({ ...done, request });
  const handler = withMultipart()(same);
  const isSame = (request: Request) => assert.is((handler(request) as Response).request, request);
  isSame({ method: "GET", uri: "/", headers: {} });
  isSame({ method: "GET", uri: "/" } as Request);
  isSame(post(undefined));
  isSame(post("a=1", { headers: { "content-type": "application/x-www-form-urlencoded" } }));
  isSame(post("x", { headers: { "content-type": "multipart/mixed; boundary=a" } }));
  isSame(post(form(cat), { multipartParams: {} }));
});

test("the media type is read without case", async () => {
  const headers = { "content-type": `Multipart/Form-Data; charset=utf-8; boundary="${boundary}"` };
  let params = {};
  await withMultipart()(({ multipartParams = {} }) => {
    params = { ...multipartParams };
    return done;
  })(post(form({ name: "a", content: "1" }), { headers }));
  assert.equal(params, { a: "1" });
});

test("text goes into params that are there: the form over the query, the route over the form", () => {
  const request = post(undefined, { params: { a: "query", b: "query", id: "7" }, routeParams: { id: "7" } });
  const file = { filename: "x", contentType: "text/plain", size: 0, path: "/x" };
  const { params, multipartParams, body } = multipartRequest(request, { a: ["1", "2"], id: "8", file });
  assert.equal({ ...params }, { a: "2", b: "query", id: "7" });
  assert.equal(multipartParams, { a: ["1", "2"], id: "8", file });
  assert.is(body, undefined);
  assert.equal({ ...multipartRequest(post(undefined), { a: "1" }).multipartParams }, { a: "1" });
  assert.is(multipartRequest(request, {}).uri, "/");
  const again = { ...request, multipartParams };
  assert.is(multipartRequest(again, {}), again);
});

test("routes see the text in params, and the method that it asks for", async () => {
  const body = form({ name: "_method", content: "put" }, { name: "title", content: "A cat" }, cat);
  const put = PUT("/:id", ({ params }) => `${params.id}: ${params.title}, ${Object.keys(params)}`);
  const response = await decorate(routes(put), withMultipart())(post(body, { uri: "/7" }));
  assert.is(response?.body, "7: A cat, _method,title,id");
  const inside = decorateRoutes(
    POST("/:title", ({ params }) => JSON.stringify(params)),
    withMultipart(),
  );
  const answer = await inside(
    post(form({ name: "title", content: "form" }, { name: "a", content: "1" }), { uri: "/route" }),
  );
  assert.is(answer?.body, '{"title":"route","a":"1"}');
});

/** A handler that notes the path of its upload and answers something. */
function noting(answer: () => Response | null) {
  const paths: string[] = [];
  const handler: Handler = ({ multipartParams = {} }) => {
    const { path } = multipartParams.photo as Upload;
    assert.ok(existsSync(path));
    paths.push(path);
    return answer();
  };
  return { paths, handler: withMultipart()(handler) };
}

test("after a plain call the files are gone, whether it answers, answers null, or throws", async () => {
  for (const answer of [() => done, () => null]) {
    const { handler } = noting(answer);
    assert.is(await soon(handler(post(form(cat)))), answer());
    assert.equal(left(), []);
  }
  const broken = new Error("broken");
  const { handler } = noting(() => {
    throw broken;
  });
  assert.is(await failure(handler(post(form(cat)))), broken as HttpError);
  assert.equal(left(), []);
});

test("a response that is a stream keeps the files until it is closed", async () => {
  let body = new Readable({ read() {} });
  const { paths, handler } = noting(() => ({ ...done, body }));
  await soon(handler(post(form(cat))));
  await setTimeout(20);
  assert.ok(existsSync(paths[0] as string));
  body.push("x");
  body.push(null);
  assert.is(await text(body), "x");
  await untilEmpty();
  body = new Readable({ read() {} }).destroy();
  await soon(handler(post(form(cat))));
  await untilEmpty();
});

const edge = (res: object): Partial<Request> => ({ raw: { req: {}, res } });

test("where there is Node's response, the files stay until it is closed", async () => {
  const res = new EventEmitter();
  const { paths, handler } = noting(() => done);
  await soon(handler(post(form(cat), edge(res))));
  await setTimeout(20);
  assert.ok(existsSync(paths[0] as string));
  res.emit("close");
  await untilEmpty();
});

test("a response that is over already takes the files with it", async () => {
  for (const over of [{ closed: true }, { destroyed: true }]) {
    await soon(withMultipart()(() => done)(post(form(cat), edge(Object.assign(new EventEmitter(), over)))));
    await untilEmpty();
  }
  const signal = AbortSignal.abort();
  await soon(withMultipart()(() => done)(post(form(cat), { ...edge(new EventEmitter()), signal })));
});

test("several groups of routes can each read the form of a request", async () => {
  const res = new EventEmitter();
  const group = (path: string) =>
    decorate(
      routes(POST(path, ({ multipartParams = {} }) => opened(multipartParams.photo as Upload).content)),
      withMultipart(),
    );
  const app = routes(group("/a"), group("/b"));
  const response = await soon(app(post(Readable.from([form(cat)]), { uri: "/b", ...edge(res) })));
  assert.is(response?.body, "meow");
  res.emit("close");
});

/** A store that keeps what it reads in memory. */
const inMemory = async ({ stream, ...upload }: IncomingUpload) => ({
  ...upload,
  content: await text(stream),
});

test("a store takes the files in place of temporary ones", async () => {
  const body = form(cat, { ...cat, filename: "/a/b", content: "x".repeat(200_000) });
  const store = (upload: IncomingUpload) => {
    assert.equal(left(), []);
    return inMemory(upload);
  };
  const { photo } = await read(body, { store });
  assert.equal(photo, [
    { name: "photo", filename: "cat.png", contentType: "image/png", content: "meow" },
    { name: "photo", filename: "b", contentType: "image/png", content: "x".repeat(200_000) },
  ]);
});

test("a store that gives undefined leaves a file out", async () => {
  assert.equal(
    await read(form(cat, { name: "a", content: "1" }), { store: ({ stream }) => void stream.resume() }),
    {
      a: "1",
    },
  );
});

test("a store that leaves a file unread does not hold up the rest", async () => {
  const large = { ...cat, content: "x".repeat(500_000) };
  const stores: MultipartOptions["store"][] = [
    () => ({}),
    async () => ({}),
    async ({ stream }) => ({ ended: stream.destroy().destroyed }),
    async ({ stream }) => {
      for await (const chunk of stream) return { length: chunk.length };
      return undefined;
    },
    async ({ stream }) => ({
      chunk: await new Promise((resolve) => stream.once("readable", () => resolve(stream.read(1)))),
    }),
    async ({ stream }) => ({ stream: stream.on("data", () => stream.pause()) }),
  ];
  for (const store of stores) {
    const params = await read(chunked(form(large, cat, { name: "a", content: "1" })), { store });
    assert.is((params.photo as unknown[]).length, 2);
    assert.is(params.a, "1");
  }
});

const chunked = (body: Buffer, size = 1000): Buffer[] =>
  Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));

test("the error of a store is the error of the request", async () => {
  const full = new Error("disk full");
  const stores: MultipartOptions["store"][] = [
    () => {
      throw full;
    },
    async () => {
      throw full;
    },
    async ({ stream }) => {
      for await (const _ of stream) throw full;
    },
    async ({ stream }) => {
      stream.destroy(full);
      await text(stream);
    },
  ];
  for (const store of stores) {
    const body = chunked(form({ ...cat, content: "x".repeat(500_000) }, cat));
    assert.is(await failure(withMultipart({ store })(() => done)(post(body))), full as HttpError);
  }
});

test("a folder of temporary files that cannot be written to is an error of the server", async () => {
  process.env.TMPDIR = join(temporary.root, "missing");
  try {
    const error = await failure(read(form(cat, cat)));
    assert.is(error.status, undefined);
    assert.match(error.message, /ENOENT/);
  } finally {
    process.env.TMPDIR = temporary.root;
  }
});

test("a form may have as much as its limits say, and not more", async () => {
  const limits = { maxFiles: 2, maxFileSize: 5, maxFields: 2, maxFieldSize: 3 };
  const within = form(
    { name: "a", content: "123" },
    { ...cat, content: "12345" },
    { name: "b", content: "123" },
    { ...cat, content: "12345" },
  );
  assert.equal(Object.keys(await read(within, limits)), ["a", "photo", "b"]);
  const a = { name: "a", content: "1" };
  for (const [parts, message] of [
    [[cat, cat, cat], "The form has more than 2 files"],
    [[{ ...cat, content: "123456" }], "The form has a file of more than 5 bytes"],
    [[a, a, a], "The form has more than 2 fields"],
    [[{ name: "a", content: "1234" }], "The form has a field of more than 3 bytes"],
    [[{}, {}, {}, {}, a], "The form has more than 4 parts"],
  ] as const) {
    for (const body of [form(...parts), chunked(form(...parts), 1), Readable.from([form(cat, ...parts)])]) {
      const error = await failure(read(body, { ...limits, limit: 5000 }));
      assert.is(error.message, message);
      assert.is(error.status, 413);
      assert.equal(error.headers, { connection: "close" });
      assert.equal(left(), []);
    }
  }
});

test("everything but the contents of files has a limit of its own", async () => {
  const long = "x".repeat(1000);
  const message = "The form has more than 1000 bytes besides its files";
  for (const body of [
    Buffer.concat([Buffer.from(long), form()]),
    Buffer.concat([form(), Buffer.from(long)]),
    form({ content: long }),
    form({ name: long, content: "1" }),
    form({ name: "a", content: long }),
    form({ ...cat, filename: long }),
    [form(), ...chunked(Buffer.alloc(1000), 10)],
  ]) {
    const error = await failure(read(body, { limit: 1000 }));
    assert.equal([error.status, error.message], [413, message]);
  }
  const file = { ...cat, content: long.repeat(1000) };
  for (const body of [form(file, file), chunked(form(file, file), 777)]) {
    assert.is(((await read(body, { limit: 1000 })).photo as Upload[]).length, 2);
  }
});

test("a file past its limit never looks whole to a store, and counts where the store has left it", async () => {
  const ended: string[] = [];
  const body = () => form({ ...cat, content: "x".repeat(300_000) });
  const watching = async (upload: IncomingUpload) => {
    upload.stream.on("end", () => ended.push("end"));
    return inMemory(upload);
  };
  for (const store of [watching, () => ({})]) {
    for (const chunks of [[body()], chunked(body())]) {
      const error = await failure(read(chunks, { maxFileSize: 200_000, store }));
      assert.is(error.message, "The form has a file of more than 200000 bytes");
    }
  }
  assert.equal(ended, []);
});

test("a body that is none, or is no form, is 400", async () => {
  const whole = form({ name: "a", content: "1" }).toString();
  for (const body of ["", "x", "a=1", "\r\n", "--", whole.replaceAll("\r\n", "\n"), `--${boundary}`]) {
    const error = await failure(read(body));
    assert.is(error.status, 400, JSON.stringify(body));
    assert.match(error.message, /malformed or ends too early/);
  }
});

test("a boundary that is missing or too long is 400", async () => {
  for (const parameter of ["", "; boundary", "; charset=utf-8", `; boundary=${"b".repeat(1000)}`]) {
    const headers = { "content-type": `multipart/form-data${parameter}` };
    const error = await failure(withMultipart()(() => done)(post(form(cat), { headers })));
    assert.is(error.status, 400, parameter);
  }
});

test("heads of parts that are malformed harm nobody", async () => {
  for (const lines of [
    "Content-Disposition",
    "Content-Disposition:",
    ": x",
    "Content-Disposition: form-data; name",
    'Content-Disposition: form-data; name="a',
    "Content-Disposition: form-data; name=a; name=b",
    "Content-Disposition: form-data; filename*=utf-8''%ff%; name*=x",
    'Content-Disposition: form-data; name="a\rb"',
    'Content-Disposition: attachment; name="a"',
    "\0\0\0",
    " folded: first",
    'Content-Disposition: form-data; name="a"\r\nContent-Type: ;;;;charset*=base64',
    'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset*=; charset=no-such',
    "__proto__: x\r\nconstructor: y",
  ]) {
    const body = Buffer.from(`--${boundary}\r\n${lines}\r\n\r\nx\r\n${form({ name: "z", content: "1" })}`);
    assert.is((await read(body)).z, "1", lines);
  }
});

test("a body cut anywhere is a form or 400", async () => {
  const empty = { name: "e", filename: "" };
  const body = form({ name: "a", content: "1" }, { ...cat, content: "\r\n--x\r\n" }, empty);
  const expected = await read(body);
  const closed = body.length - "\r\n".length;
  for (let length = 0; length < body.length; length++) {
    const cut = body.subarray(0, length);
    for (const pieces of [[cut], [...cut].map((byte) => Buffer.of(byte))]) {
      if (length >= closed) assert.equal(await read(pieces), expected);
      else assert.is((await failure(read(pieces))).status, 400, String(length));
    }
  }
});

test("it does not matter where chunks end", async () => {
  const lookalikes = `\r\n--${boundary.slice(0, -1)}\r\n-\r\n--\r\n\r\n--${boundary}`
    .repeat(20)
    .slice(0, -boundary.length);
  const body = form(
    { name: "a", content: lookalikes },
    { ...cat, content: lookalikes },
    { content: lookalikes },
    { name: "b", filename: "" },
    { name: "c", content: "\r\n" },
  );
  const expected = await read(body);
  for (const size of [1, 2, 3, 5, 7, 16, 61, 1000]) assert.equal(await read(chunked(body, size)), expected);
});

test("whatever a form is made of is read back", async () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1 })
    .map((text) => text.replace(/[\\"\p{Cc}]/gu, "_"));
  const content = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const field = fc.record({ name, content: fc.string({ unit: "grapheme" }) });
  const bare = name.map((text) => text.replace(/[/.]/g, "_"));
  const file = fc.record({ name, filename: bare, type: fc.constant("image/png"), content });
  const store = async ({ stream, filename, contentType: type }: IncomingUpload) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { filename, type, content: Buffer.concat(chunks) };
  };
  const entryOf = ({ name, ...part }: FormPart) => [name, "filename" in part ? part : part.content] as const;
  const parts = fc.array(fc.oneof(field, file), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 300 }), async (parts, size) => {
      const groups = new Map<string | undefined, unknown[]>();
      for (const [name, value] of parts.map(entryOf)) groups.set(name, [...(groups.get(name) ?? []), value]);
      const expected = [...groups].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
      assert.equal(Object.entries(await read(chunked(form(...parts), size), { store })), expected);
    }),
    { numRuns: 200 },
  );
});

test("noise between boundaries ends, and without stray errors", async () => {
  const token = fc.constantFrom(
    ...[
      `--${boundary}`,
      `\r\n--${boundary}`,
      `--${boundary}--`,
      "\r\n",
      "\r",
      "\n",
      "-",
      "--",
      "é",
      "\0",
      "a: b",
    ],
    ...[head({ name: "a" }), head(cat), head({}), head({ name: "e", filename: "" }), "x".repeat(70_000)],
  );
  const options = { maxFiles: 2, maxFields: 3, maxFileSize: 100_000, limit: 100_000 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(token, { maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      async (tokens, size) => {
        const body = Buffer.from(tokens.join(""));
        const outcome = (pieces: RequestBody) =>
          read(pieces, options).catch(({ status }: HttpError) => status);
        const first = await outcome([body]);
        assert.ok(typeof first === "object" || first === 400 || first === 413, String(first));
        await outcome(chunked(body, size * 100));
        if (body.length < 2000) assert.equal(await outcome(chunked(body, size)), first);
      },
    ),
    { numRuns: 300 },
  );
});

test("a long head, many parts and much that looks like a boundary are read in a moment", async () => {
  const long = Buffer.from(
    `--${boundary}\r\n${"x-a: b\r\n".repeat(8192)}\r\n1\r\n${form({ name: "a", content: "1" })}`,
  );
  assert.equal(await read(long), { a: "1" });
  const open = Buffer.from(`--${boundary}\r\n${"y".repeat(10_000_000)}`);
  assert.is((await failure(read(chunked(open, 65536)))).status, 413);
  const fields = Array.from({ length: 5000 }, (_, i) => ({ name: `f${i}`, content: "1" }));
  assert.is((await failure(read(form(...fields)))).status, 413);
  assert.is(Object.keys(await read(form(...fields), { maxFields: 5000 })).length, 5000);
  const same = fields.map((field) => ({ ...field, name: "f" }));
  assert.is(((await read(form(...same), { maxFields: 5000 })).f as string[]).length, 5000);
  const dashes = "\r\n--".repeat(200_000);
  assert.equal(await read(form({ name: "a", content: dashes })), { a: dashes });
});

/** A body of which only the beginning has come. */
function begun(body: Buffer): Readable {
  const stream = new Readable({ read() {} });
  stream.push(body);
  return stream;
}

test("a client that leaves midway is 400, and leaves nothing behind", async () => {
  const whole = form({ name: "a", content: "1" }, { ...cat, content: "x".repeat(200_000) });
  for (const length of [0, 60, 170, 250, 100_000, 200_000]) {
    for (const error of [undefined, new Error("ECONNRESET")]) {
      const body = begun(whole.subarray(0, length));
      const answer = withMultipart()(() => done)(post(body));
      await setTimeout(2);
      body.destroy(error);
      const { status, message } = await failure(answer);
      assert.equal([status, message], [400, "The request body ended before it was complete"]);
      assert.equal(left(), []);
    }
  }
});

test("a store learns that the client has left", async () => {
  const body = begun(form({ ...cat, content: "x".repeat(1000) }).subarray(0, 500));
  let error: unknown;
  const store = async ({ stream }: IncomingUpload) => {
    await text(stream).catch((cause) => {
      error = cause;
    });
  };
  const answer = withMultipart({ store })(() => done)(post(body));
  await setTimeout(5);
  body.destroy();
  assert.is(await failure(answer), error);
});

test("a body that was read before is 400", async () => {
  const body = Readable.from([form(cat)]);
  await text(body);
  assert.is((await failure(read(body))).status, 400);
  assert.is((await failure(read(Readable.from([form(cat)]).destroy()))).status, 400);
});

test("an iterable that fails, or gives what is no text and no bytes, is 400", async () => {
  async function* failing() {
    yield form(cat).subarray(0, 200);
    throw new Error("broken");
  }
  assert.is((await failure(read(failing()))).status, 400);
  assert.is((await failure(read([1, 2] as unknown as RequestBody))).status, 400);
});

test("what follows a refusal is read on and thrown away", async () => {
  const body = begun(form(cat, cat).subarray(0, -10));
  const answer = withMultipart({ maxFiles: 1 })(() => done)(post(body));
  assert.is((await failure(answer)).status, 413);
  assert.not(body.destroyed);
  for (let i = 0; i < 20; i++) body.push("x".repeat(65536));
  await setTimeout(5);
  assert.is(body.readableLength, 0);
  body.destroy(new Error("gone"));
  await setTimeout(5);
});

test("a store that is slow slows the body down", async () => {
  let given = 0;
  async function* large() {
    const [first, last] = [form(cat).subarray(0, -4 - boundary.length - 6), `\r\n--${boundary}--\r\n`];
    yield first;
    for (; given < 100; given++) yield Buffer.alloc(65536);
    yield last;
  }
  const store = async ({ stream }: IncomingUpload) => {
    await setTimeout(50);
    const early = given;
    for await (const _ of stream);
    return { early };
  };
  const { photo } = await read(large(), { store });
  assert.ok((photo as { early: number }).early < 10);
});

const options = (given: unknown) => () => withMultipart(given as MultipartOptions);

test("options are checked when the decorator is made", () => {
  for (const name of ["maxFiles", "maxFileSize", "maxFields", "maxFieldSize", "limit"]) {
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", null]) {
      assert.throws(
        options({ [name]: value }),
        new RegExp(`^withMultipart: expected a whole number from 0 as "${name}", got`),
      );
    }
    options({ [name]: 0 })();
    options({ [name]: undefined })();
  }
  assert.throws(
    options({ store: {} }),
    /^withMultipart: expected a function that takes an upload as "store", got {}/,
  );
  assert.throws(
    options({ maxfiles: 1 }),
    /^withMultipart: expected options among maxFiles, .+, store, got "maxfiles"/,
  );
  assert.throws(options("memory"), /^withMultipart: expected a map of options, got "memory"/);
  assert.throws(options(null), /^withMultipart: expected a map of options, got null/);
});

async function withServer(
  handler: Handler,
  visit: (port: number, url: string) => Promise<void>,
): Promise<void> {
  const { port, url, close } = await serve(handler, { port: 0, signals: false, log: stray });
  try {
    await soon(visit(port, url));
  } finally {
    await close({ grace: 0 });
  }
}

test("over HTTP files last as long as the response", async () => {
  const paths: string[] = [];
  const app: Handler = ({ multipartParams = {} }) => {
    const { path } = multipartParams.photo as Upload;
    paths.push(path);
    return { status: 200, headers: {}, body: { file: path } };
  };
  await withServer(decorate(app, withMultipart()), async (_port, url) => {
    const data = new FormData();
    data.append("photo", new File(["x".repeat(1_000_000)], "cat.png"));
    const response = await fetch(url, { method: "POST", body: data });
    assert.is((await response.text()).length, 1_000_000);
    await untilEmpty();
    assert.not(existsSync(paths[0] as string));
  });
});

test("over HTTP a form past a limit gets its 413", async () => {
  await withServer(
    decorate(() => done, withMultipart({ maxFileSize: 1000 })),
    async (_port, url) => {
      const data = new FormData();
      data.append("photo", new File(["x".repeat(5_000_000)], "cat.png"));
      const response = await fetch(url, { method: "POST", body: data });
      assert.is(response.status, 413);
      assert.is(await response.text(), "The form has a file of more than 1000 bytes");
      assert.is(response.headers.get("connection"), "close");
    },
  );
});

test("over HTTP a client that leaves midway leaves nothing behind", async () => {
  let called = 0;
  const app: Handler = () => {
    called++;
    return done;
  };
  await withServer(decorate(app, withMultipart()), async (port) => {
    const socket = connect(port, "127.0.0.1");
    const type = `content-type: multipart/form-data; boundary=${boundary}`;
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\n${type}\r\ncontent-length: 10000\r\n\r\n`);
    socket.write(form(cat).subarray(0, -10));
    while (left().length === 0) await setTimeout(5);
    socket.destroy();
    await untilEmpty();
  });
  assert.is(called, 0);
});

test.run();
