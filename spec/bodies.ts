import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isBody } from "../lib/bodies.js";

async function* pieces() {
  yield "a";
}

test("bytes, streams, blobs and iterables of pieces are bodies", () => {
  const bodies = [
    new Uint8Array(1),
    Buffer.from("a"),
    Readable.from([]),
    new ReadableStream(),
    new Blob([]),
    pieces(),
  ];
  for (const body of [...bodies, ["a"], new Set(["a"]), ["a"].values()])
    assert.ok(isBody(body), String(body));
});

test("iterables of other things and what is no object are none", () => {
  const others = [
    new Map(),
    new Int16Array(1),
    new DataView(new ArrayBuffer(1)),
    new URLSearchParams(),
    new Headers(),
  ];
  for (const value of [
    ...others,
    new FormData(),
    {},
    { pipe() {} },
    null,
    undefined,
    "text",
    5,
    () => "text",
  ]) {
    assert.not(isBody(value), String(value));
  }
});

test.run();
