import { PassThrough, Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formRequest, mediaType, readBody } from "../lib/body.js";
import type { Request, RequestBody } from "../lib/types.js";

const withBody = (body: RequestBody | undefined, headers: Request["headers"] = {}): Request => ({
  method: "POST",
  uri: "/",
  headers,
  body,
});
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const statusOf = async (read: () => unknown): Promise<number> => {
  try {
    await read();
    return 200;
  } catch (error) {
    return (error as { status: number }).status;
  }
};
async function* chunks(...list: (string | Uint8Array)[]) {
  yield* list;
}

test("every kind of body is read as bytes; text and bytes at once", async () => {
  assert.is(text(readBody(withBody("né"), 9) as Uint8Array), "né");
  assert.is(text(readBody(withBody(Buffer.from("x")), 9) as Uint8Array), "x");
  assert.is((readBody(withBody(undefined), 9) as Uint8Array).length, 0);
  assert.is(text(readBody(withBody(["a", Buffer.from("b")]), 9) as Uint8Array), "ab");
  assert.is(text(await readBody(withBody(chunks("a", Buffer.from("b"))), 9)), "ab");
  assert.is(text(await readBody(withBody(Readable.from([Buffer.from("a"), Buffer.from("b")])), 9)), "ab");
});

test("the limit counts real bytes, in every kind of body", async () => {
  const bodies = (bytes: string): RequestBody[] => [
    bytes,
    Buffer.from(bytes),
    [bytes],
    chunks(bytes),
    Readable.from([Buffer.from(bytes)]),
  ];
  for (const body of bodies("éé")) assert.is(await statusOf(() => readBody(withBody(body), 4)), 200);
  for (const body of bodies("éé")) assert.is(await statusOf(() => readBody(withBody(body), 3)), 413);
});

test("a stream is read once, whoever asks, and each asks with a limit of its own", async () => {
  const request = withBody(Readable.from([Buffer.from("once")]));
  const [a, b] = await Promise.all([readBody(request, 9), readBody({ ...request }, 9)]);
  assert.is(text(a), "once");
  assert.is(a, b);
  assert.is(await statusOf(() => readBody(request, 3)), 413);
});

test("what is past the limit is let run out, so that the connection survives", async () => {
  const stream = new PassThrough();
  stream.write("x".repeat(100));
  const status = statusOf(() => readBody(withBody(stream), 10));
  assert.is(await status, 413);
  assert.is(stream.destroyed, false);
  stream.end("more");
  await new Promise((resolve) => stream.on("end", resolve));
});

test("a body that ends before it is complete is 400", async () => {
  for (const end of [
    (stream: Readable) => stream.destroy(new Error("aborted")),
    (stream: Readable) => stream.destroy(),
  ]) {
    const stream = new PassThrough();
    const status = statusOf(() => readBody(withBody(stream), 10));
    stream.write("x");
    setImmediate(() => end(stream));
    assert.is(await status, 400);
  }
});

test("a stream that somebody else has read or destroyed is 400, and does not hang", async () => {
  const read = Readable.from(["x"]);
  for await (const _ of read);
  assert.is(await statusOf(() => readBody(withBody(read), 10)), 400);
});

test("the media type is read without its parameters and without case", () => {
  assert.is(mediaType(withBody("", { "content-type": " Text/HTML ; charset=utf-8" })), "text/html");
  assert.is(mediaType(withBody("")), "");
});

test("a form is added with the bytes that were read; anything else is left alone", () => {
  const headers = { "content-type": 'Application/X-WWW-Form-Urlencoded; Charset="UTF-8"' };
  const request = formRequest(withBody("a=1", headers)) as Request;
  assert.equal({ ...request.formParams }, { a: "1" });
  assert.is(text(request.body as Uint8Array), "a=1");
  assert.is(formRequest(request), request);
  for (const other of [
    withBody("a=1"),
    withBody("{}", { "content-type": "application/json" }),
    withBody(undefined, headers),
  ]) {
    assert.is(formRequest(other), other);
  }
});

test("a form in another charset is 415", async () => {
  for (const charset of ["latin1", '"iso-8859-1"', "utf-16"]) {
    const headers = { "content-type": `application/x-www-form-urlencoded;charset=${charset}` };
    assert.is(await statusOf(() => formRequest(withBody("a=1", headers))), 415);
  }
});

test.run();
