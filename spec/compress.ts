/** Bodies compressed at once and piece by piece, by each coding that this Node has. */
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Coding, codings } from "../lib/compress/codings.js";
import { compressed, compressing } from "../lib/compress.js";
import { isPromise } from "../lib/decorate.js";
import { decoded, decoderOf } from "./compress/decode.js";
import { eventually } from "./house/eventually.js";

const known: readonly [string, Coding][] = Object.entries(codings);
const gzip = codings.gzip as Coding;

// Nothing that one could install, so it is said and not counted as skipped.
if (codings.zstd === undefined) console.log("without zstd, which Node has from 22.15 on");

test("codings stand in the order in which we like them", () => {
  const all = "createZstdCompress" in zlib ? ["br", "zstd", "gzip"] : ["br", "gzip"];
  assert.equal(Object.keys(codings), all);
});

test("few bytes are compressed at once, many in a thread", async () => {
  for (const [name, coding] of known) {
    const few = compressed("tea and milk", coding);
    assert.not(isPromise(few));
    assert.is(await decoded(name, few as Uint8Array), "tea and milk");
    const many = compressed(Buffer.from("tea and milk".repeat(5000)), coding);
    assert.ok(isPromise(many));
    assert.is(await decoded(name, await many), "tea and milk".repeat(5000));
  }
});

test("whatever pieces go in, the same text comes out", () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...known),
      fc.boolean(),
      fc.array(fc.string({ maxLength: 5000 })),
      async ([name, coding], objectMode, pieces) => {
        const source = Readable.from(pieces, { objectMode });
        assert.is(await decoded(name, await buffer(compressing(source, coding))), pieces.join(""));
      },
    ),
    { numRuns: 60 },
  ));

test("a piece comes out before the next one goes in", async () => {
  for (const [name, coding] of known) {
    const source = new Readable({ read() {} });
    let got = "";
    const out = compressing(source, coding).pipe(decoderOf(name)).setEncoding("utf8");
    out.on("data", (text) => {
      got += text;
    });
    for (const piece of ["one\n", "two\n", "three\n"]) {
      source.push(piece);
      await eventually(() => got.endsWith(piece));
    }
    source.push(null);
    await once(out, "end");
    assert.is(got, "one\ntwo\nthree\n");
  }
});

test("pieces that come fast are not each flushed", async () => {
  const pieces = Array.from({ length: 10_000 }, (_, n) => `{"n":${n}}\n`);
  for (const [name, coding] of known) {
    const whole = (await compressed(pieces.join(""), coding)).length;
    const { length } = await buffer(compressing(Readable.from(pieces), coding));
    assert.ok(length < whole * 1.5, `${name}: ${length} bytes in pieces, ${whole} whole`);
  }
});

test("nothing is begun before it is read, and what is dropped lets go of its source", async () => {
  let isRead = false;
  const source = new Readable({
    read() {
      isRead = true;
    },
  });
  const body = compressing(source, gzip);
  await new Promise(setImmediate);
  assert.not(isRead);
  body.destroy();
  await once(body, "close");
  assert.equal([isRead, source.destroyed], [false, true]);
});

test("what is destroyed midway destroys its source and its coder, and nobody hears of an error", async () => {
  const source = new Readable({ read() {} });
  const coder = gzip.stream();
  const body = compressing(source, { ...gzip, stream: () => coder });
  source.push("tea");
  await once(body, "data");
  source.push("milk");
  body.destroy();
  await once(body, "close");
  await new Promise(setImmediate);
  assert.equal([source.destroyed, coder.destroyed], [true, true]);
});

test("the source is read no faster than what is made of it", async () => {
  let made = 0;
  const random = new Readable({
    read() {
      made++;
      this.push(Buffer.from(Array.from({ length: 16_384 }, () => Math.random() * 256)));
    },
  });
  const body = compressing(random, gzip);
  body.read(0);
  let before = -1;
  while (made !== before) {
    before = made;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(made < 50, `${made} pieces were made for a reader that takes none`);
  body.destroy();
});

test("a source that fails, or ends before its time, fails what is made of it", async () => {
  async function* failing(): AsyncGenerator<string> {
    yield "half";
    throw new Error("no more");
  }
  const failure = await buffer(compressing(Readable.from(failing()), gzip)).catch((error) => error);
  assert.is(failure.message, "no more");
  const cut = new Readable({ read() {} });
  const body = compressing(cut, gzip);
  body.once("data", () => cut.destroy());
  cut.push("half");
  assert.is((await buffer(body).catch((error) => error)).code, "ERR_STREAM_PREMATURE_CLOSE");
});

test("a source that fails before it is read is heard of by whoever reads, and ends no process", async () => {
  const failed = new ReadableStream({ start: (controller) => controller.error(new Error("no more")) });
  for (const make of [() => Readable.fromWeb(failed), () => new Readable().destroy(new Error("no more"))]) {
    const body = compressing(make(), gzip);
    await new Promise((resolve) => setImmediate(resolve));
    assert.is(await buffer(body).catch(({ message }) => message), "no more");
  }
});

test("a piece that is neither text nor bytes is refused", async () => {
  const body = compressing(Readable.from(["tea", 7]), gzip);
  const failure = await buffer(body).catch((error) => error);
  assert.match(failure.message, /^the response: expected a stream of text or bytes, got 7/);
});

test("a coder that fails fails what is made of it", async () => {
  const broken: Coding = {
    ...gzip,
    stream: () => {
      const coder = gzip.stream();
      setImmediate(() => coder.destroy(new Error("no memory")));
      return coder;
    },
  };
  const failure = await buffer(compressing(new Readable({ read() {} }), broken)).catch((error) => error);
  assert.is(failure.message, "no memory");
});

test.run();
