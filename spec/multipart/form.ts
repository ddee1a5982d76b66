import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HttpError } from "../../lib/errors.js";
import { type IncomingUpload, type MultipartOptions, withMultipart } from "../../lib/middleware/multipart.js";
import type { RequestBody, Upload } from "../../lib/types.js";
import {
  begun,
  boundary,
  cat,
  chunked,
  done,
  type FormPart,
  failure,
  form,
  left,
  opened,
  post,
  read,
  soon,
  watch,
} from "../house/forms.js";

watch(test);

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

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

test("a field that comes byte by byte takes as much memory as one that comes at once", async () => {
  const heap = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  let growth = 0;
  async function* bytes() {
    const body = form({ name: "a", content: "x".repeat(300_000) });
    const before = heap();
    for (let i = 0; i < 300_000; i++) yield body.subarray(i, i + 1);
    growth = heap() - before;
    yield body.subarray(300_000);
  }
  assert.is(((await read(bytes())).a as string).length, 300_000);
  assert.ok(growth < 16 * 1024 * 1024, String(growth));
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
      // As entries, since an entry named "constructor" is taken for that of the map.
      const params = await read(chunked(form(...parts), size), { store });
      assert.equal(Object.entries(params), Object.entries(Object.fromEntries(expected)));
    }),
    { numRuns: 100 },
  );
});

test.run();
