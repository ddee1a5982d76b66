import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { release } from "../lib/bodies.js";
import { counted } from "../lib/counted.js";
import { file } from "../lib/file.js";
import type { Response } from "../lib/types.js";

function counter() {
  const count = {
    bytes: 0,
    add(bytes: number) {
      count.bytes += bytes;
    },
  };
  return count;
}

async function* later(...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield chunk;
}

const pieces: [string, () => Response["body"]][] = [
  ["a stream", () => Readable.from(["é", Buffer.from("bc")], { objectMode: false })],
  ["a stream of objects", () => Readable.from(["é", Buffer.from("bc")])],
  [
    "a stream with an encoding",
    () => Readable.from([Buffer.from("ébc")], { objectMode: false }).setEncoding("utf8"),
  ],
  ["a web stream", () => new Blob(["ébc"]).stream()],
  ["an async iterable", () => later("é", Buffer.from("bc"))],
  ["an iterable", () => ["é", "bc"].values()],
];

for (const [what, body] of pieces) {
  test(`the bytes of ${what} are counted, and pass`, async () => {
    const count = counter();
    assert.is(await text(counted(body(), count.add) as Readable), "ébc");
    assert.is(count.bytes, 4);
  });
}

test("a body that is whole is left alone", () => {
  const { add } = counter();
  const locked = new ReadableStream();
  locked.getReader();
  const ended = new Readable({ read() {} });
  ended.destroy();
  for (const body of [
    "text",
    new Uint8Array(3),
    new Blob(["a"]),
    file("/a"),
    null,
    undefined,
    locked,
    ended,
    5,
  ]) {
    assert.is(counted(body as Response["body"], add), body);
  }
});

test("a reader that leaves early ends the source, and what it has not taken is not waited for", async () => {
  let isOver = false;
  async function* endless() {
    try {
      for (;;) yield "piece";
    } finally {
      isOver = true;
    }
  }
  const count = counter();
  const body = counted(endless(), count.add) as Readable;
  await once(body, "readable");
  body.destroy();
  await once(body, "close");
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(isOver, true);
});

test("the source waits where its reader does", async () => {
  let made = 0;
  const source = new Readable({
    highWaterMark: 1024,
    read() {
      made++;
      this.push(Buffer.alloc(1024));
    },
  });
  const body = counted(source, () => {}) as Readable;
  await once(body, "readable");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(made < 500, `${made} pieces were made for nobody`);
  body.destroy();
});

test("a stream that is let go of unread is destroyed, and no failure of its own", async () => {
  const source = new Readable({ read() {} });
  source.on("error", assert.unreachable);
  release(counted(source, () => {}));
  await once(source, "close");
  assert.is(source.destroyed, true);
});

test("a source that fails makes its reader fail, and nobody else", async () => {
  const failing = new Readable({ read() {} });
  const body = counted(failing, () => {}) as Readable;
  failing.destroy(new Error("a fault"));
  try {
    await text(body);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "a fault");
  }
  const unread = counted(Readable.from(later("a")), () => {}) as Readable;
  unread.destroy(new Error("nobody hears"));
  await new Promise((resolve) => setImmediate(resolve));
});

test("what is no piece counts nothing, and is the edge's to refuse", async () => {
  const count = counter();
  const body = counted(Readable.from([{ a: 1 }]), count.add) as Readable;
  const seen: unknown[] = [];
  for await (const piece of body) seen.push(piece);
  assert.equal([seen, count.bytes], [[{ a: 1 }], 0]);
});

test.run();
