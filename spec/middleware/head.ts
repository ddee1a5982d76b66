import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { headResponse } from "../../lib/middleware/head.js";
import type { Response, ResponseBody } from "../../lib/types.js";

const head = (body: ResponseBody, headers = {}) => headResponse({ status: 200, headers, body }) as Response;

test("a body goes, and its length stays where it is known without opening it", () => {
  const path = process.execPath;
  const bodies: [ResponseBody, number][] = [
    ["né", 3],
    [new Uint8Array(5), 5],
    [new Blob(["four"]), 4],
    [{ file: path }, statSync(path).size],
    [{ file: "/nowhere", size: 7 }, 7],
  ];
  for (const [body, length] of bodies) {
    assert.equal(head(body), { status: 200, headers: { "content-length": String(length) }, body: null });
  }
});

test("a length that the handler set gives way to that of the body, and stays where that is not known", () => {
  for (const name of ["content-length", "Content-Length"]) {
    assert.equal(head("x", { [name]: "9", "x-a": "b" }).headers, { "content-length": "1", "x-a": "b" });
    assert.equal(head(["x"], { [name]: "9" }).headers, { [name]: "9" });
  }
});

test("a stream that nobody will read is let go of", async () => {
  const stream = Readable.from(["x"]);
  let cancelled = false;
  const web = new ReadableStream({
    cancel() {
      cancelled = true;
    },
  });
  assert.equal(head(stream), { status: 200, headers: {}, body: null });
  assert.equal(head(web).body, null);
  assert.is(head(["a"]).body, null);
  await Promise.resolve();
  assert.ok(stream.destroyed && cancelled);
});

test("a stream that fails when it is let go of harms nobody", async () => {
  const failed = createReadStream("/nowhere/at/all");
  head(failed);
  await new Promise<void>((resolve) => failed.on("close", () => resolve()));
  assert.ok(failed.destroyed);
});

test("a stream whose on() gives nothing is let go of too", () => {
  const stream = Readable.from(["x"]);
  const on = stream.on.bind(stream) as (event: string, listener: () => void) => unknown;
  stream.on = ((event: string, listener: () => void) => void on(event, listener)) as never;
  head(stream);
  assert.ok(stream.destroyed);
});

test("nothing to take away is left alone", () => {
  const response = { status: 204, headers: {} };
  assert.is(headResponse(response), response);
  assert.is(headResponse(null), null);
});

test.run();
