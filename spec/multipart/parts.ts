import { createHook } from "node:async_hooks";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HttpError } from "../../lib/errors.js";
import { withMultipart } from "../../lib/middleware/multipart.js";
import type { RequestBody } from "../../lib/types.js";
import {
  begun,
  boundary,
  cat,
  chunked,
  done,
  failure,
  form,
  head,
  left,
  post,
  read,
  watch,
} from "../house/forms.js";

watch(test);

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

test("parts that are skipped do not hold up the form, whatever their size", async () => {
  const heads = [
    "foo: bar",
    "no header",
    'Content-Disposition: attachment; name="a"',
    'Content-Disposition: form-data; name="a\rb"',
    'Content-Disposition: form-data; name="a"; filename="b\nc"',
  ];
  const last = form({ name: "z", content: "1" });
  for (const size of [16_384, 20_000, 65_536, 70_000, 1024 * 1024]) {
    for (const lines of heads) {
      const skipped = Buffer.from(`--${boundary}\r\n${lines}\r\n\r\n${"x".repeat(size)}\r\n`);
      assert.equal(await read(Buffer.concat([skipped, form()])), {}, `${size} ${lines}`);
      const body = Buffer.concat([skipped, skipped.subarray(0, -30), skipped, last]);
      const options = { limit: 4 * body.length };
      for (const pieces of [body, chunked(body, 9000), chunked(body, 65536)]) {
        assert.equal(await read(pieces, options), { z: "1" }, `${size} ${lines}`);
      }
      const stream = begun(Buffer.alloc(0));
      for (const chunk of chunked(body, 16_383)) stream.push(chunk);
      stream.push(null);
      assert.equal(await read(stream, options), { z: "1" }, `${size} ${lines}`);
    }
  }
});

test("of a head that is longer than 16 KiB, the rest is not looked at", async () => {
  const filler = `x-a: ${"b".repeat(73)}\r\n`;
  const named = (lines: number) =>
    Buffer.from(
      `--${boundary}\r\n${filler.repeat(lines)}${head({ name: "a" }).slice(boundary.length + 4)}1\r\n`,
    );
  assert.equal(await read(Buffer.concat([named(200), form()])), { a: "1" });
  assert.equal(await read(Buffer.concat([named(210), form()])), {});
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
        if (body.length >= 2000) return;
        const again = await outcome(chunked(body, size));
        // That a body is malformed, the parser may notice only where it is cut.
        if (first !== 400 && again !== 400) assert.equal(again, first);
      },
    ),
    { numRuns: 150 },
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

test("once a form has too many parts, the rest of a chunk is not looked at", async () => {
  let callbacks = 0;
  const counter = createHook({ init: () => callbacks++ }).enable();
  try {
    const body = `\r\n--${boundary}`.repeat(20_000);
    assert.match((await failure(read(body, { maxFiles: 1, maxFields: 9 }))).message, /more than 10 parts/);
  } finally {
    counter.disable();
  }
  assert.ok(callbacks < 5000, String(callbacks));
});

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

test("once a form has failed, nothing more of it is taken", async () => {
  const body = begun(Buffer.alloc(0));
  let calls = 0;
  const store = () => {
    calls++;
    throw new Error("full");
  };
  const answer = withMultipart({ store })(() => done)(post(body));
  await setTimeout(5);
  // All in one go, so that the second file is there when the first one fails.
  for (const chunk of chunked(form(cat, { content: "x".repeat(20_000) }, cat))) body.push(chunk);
  await failure(answer);
  await setTimeout(5);
  assert.is(calls, 1);
});

test("a file without a name is not stored where the client leaves with its first bytes", async () => {
  const nameless = form({ ...cat, filename: "", content: "\r\nmeow" });
  const start = nameless.indexOf("meow");
  const body = begun(nameless.subarray(0, start));
  let calls = 0;
  const answer = withMultipart({ store: () => calls++ })(() => done)(post(body));
  await setTimeout(5);
  body.push(nameless.subarray(start, -20));
  body.destroy();
  assert.is((await failure(answer)).status, 400);
  await setTimeout(5);
  assert.is(calls, 0);
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

test.run();
