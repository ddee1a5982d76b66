import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gathering } from "../lib/gather.js";

const full = () => new Error("full");

test("all is the chunks one after the other", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(chunks, (chunks) => {
      const { add, all } = gathering(10_000, full);
      for (const chunk of chunks) add(chunk);
      assert.equal(all(), Buffer.concat(chunks));
    }),
  );
});

test("nothing gathered is no bytes", () => {
  assert.is(gathering(0, full).all().length, 0);
});

test("the limit itself may be reached, one byte more is too much", () => {
  const { add, all } = gathering(3, full);
  add(Buffer.from("ab"));
  assert.throws(() => add(Buffer.from("cd")), /^full$/);
  add(Buffer.from("c"));
  add(Buffer.alloc(0));
  assert.throws(() => add(Buffer.from("d")), /^full$/);
  assert.is(all().toString(), "abc");
});

test("a chunk that changes later is kept as it was", () => {
  const { add, all } = gathering(3, full);
  const chunk = Buffer.from("abc");
  add(chunk);
  chunk.fill("x");
  assert.is(all().toString(), "abc");
});

test("many tiny chunks take no more memory than the limit", () => {
  const limit = 100_000;
  const { add, all } = gathering(limit, full);
  const byte = Buffer.from("x");
  for (let i = 0; i < limit; i++) add(byte);
  assert.is(all().toString(), "x".repeat(limit));
  assert.ok(all().buffer.byteLength <= limit);
});

test.run();
