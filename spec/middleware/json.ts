/** JSON bodies are read once, in bounds, and everything else is left alone. */
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { type JsonOptions, jsonRequest, withJson } from "../../lib/middleware/json.js";
import { json } from "../../lib/response.js";
import { POST, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Awaitable, Request, RequestBody, Response } from "../../lib/types.js";

const sent = (body: RequestBody | undefined, type = "application/json", headers = {}): Request => ({
  method: "POST",
  uri: "/",
  headers: { "content-type": type, ...headers },
  body,
});
const read = (request: Request, options?: JsonOptions): unknown =>
  (jsonRequest(request, options) as Request).json;

const refusal = async (make: () => Awaitable<Request>) => {
  try {
    await make();
  } catch (error) {
    const { status, message, headers } = error as { status: number; message: string; headers?: object };
    return [status, message, ...(headers ? [headers] : [])];
  }
  return [];
};

test("a body of a JSON type is read, at once where it is text or bytes", () => {
  assert.equal(read(sent('{"a":[1,"é",null]}')), { a: [1, "é", null] });
  assert.equal(read(sent(Buffer.from("[1]"), "application/JSON; charset=UTF-8")), [1]);
  assert.equal(read(sent("{}", "application/merge-patch+json")), {});
  assert.equal(read(sent("{}", 'application/json;charset="utf-8"')), {});
});

test("a stream is read once, and its bytes stand in place of the body for whoever asks again", async () => {
  const request = sent(Readable.from([Buffer.from('{"a"'), Buffer.from(":1}")]));
  const seen = await jsonRequest(request);
  assert.equal(seen.json, { a: 1 });
  assert.is(Buffer.from(seen.body as Uint8Array).toString(), '{"a":1}');
  assert.is(jsonRequest(seen), seen);
  assert.equal((await jsonRequest(request)).json, { a: 1 });
  assert.is(request.json, undefined);
});

test("a request that has json is left alone, and so is one of another type or without a body", () => {
  for (const type of ["text/plain", "text/json", "application/json-seq", "multipart/form-data; x=+json"]) {
    const request = sent('{"a":1}', type);
    assert.is(jsonRequest(request), request, type);
  }
  const had = { ...sent("[1]"), json: null };
  assert.is(jsonRequest(had), had);
  const none = sent(undefined);
  assert.is(jsonRequest(none), none);
  const bare = { method: "POST", uri: "/", body: "{}" } as unknown as Request;
  assert.is(jsonRequest(bare), bare);
});

test("an empty body is no JSON: json stays undefined", async () => {
  assert.is(read(sent("")), undefined);
  assert.is((await jsonRequest(sent(Readable.from([])))).json, undefined);
});

test("only a map or an array stands at the top, unless strict is false", async () => {
  for (const text of ["1", '"a"', "true", "null"]) {
    assert.equal(await refusal(() => jsonRequest(sent(text))), [
      400,
      "The JSON is expected to be a map or an array",
    ]);
    assert.is(read(sent(text), { strict: false }), JSON.parse(text));
  }
});

test("malformed JSON, space alone, and bytes that are no UTF-8 are 400", async () => {
  assert.equal(await refusal(() => jsonRequest(sent('{"a":}'))), [400, "Malformed JSON at line 1, column 6"]);
  assert.equal(await refusal(() => jsonRequest(sent("  "))), [400, "Malformed JSON at line 1, column 3"]);
  for (const bytes of [[0xff], [0x22, 0xc3, 0x22], [0xed, 0xa0, 0x80]]) {
    assert.equal(await refusal(() => jsonRequest(sent(Buffer.from(bytes)))), [
      400,
      "The JSON is not valid UTF-8",
    ]);
  }
});

test("a byte order mark is skipped", () => {
  assert.equal(read(sent("\ufeff[1]")), [1]);
});

test("another charset and a compressed body are 415, before anything is read", async () => {
  for (const charset of ["utf-16", "iso-8859-1", "utf-7"]) {
    const request = sent(Readable.from(["{"]), `application/json; charset=${charset}`);
    assert.equal(await refusal(() => jsonRequest(request)), [415, "JSON is expected in UTF-8"]);
  }
  assert.equal(
    await refusal(() => jsonRequest(sent("{}", "application/json", { "content-encoding": "gzip" }))),
    [415, "JSON is expected without a content coding", { "accept-encoding": "identity" }],
  );
  assert.equal(read(sent("{}", "application/json", { "content-encoding": "Identity" })), {});
});

test("the limit counts bytes, and past it is 413", async () => {
  assert.equal(read(sent('["é"]'), { limit: 6 }), ["é"]);
  assert.is((await refusal(() => jsonRequest(sent('["é"]'), { limit: 5 })))[0], 413);
  assert.is((await refusal(() => jsonRequest(sent(`[${" ".repeat(2 ** 20)}]`))))[0], 413);
});

test("an app mounted inside reads the same body again", async () => {
  const inner = decorate(
    POST("/", ({ json: value }) => json(value)),
    withJson(),
  );
  const app = decorate((request) => inner({ ...request, json: undefined }), withJson());
  const response = (await app(sent(Readable.from([Buffer.from("[1]")])))) as Response;
  assert.is(response.body, "[1]");
});

test("a handler under withJson may answer null, and stays synchronous where the body is at hand", () => {
  assert.is(withJson()(() => null)(sent("{}")), null);
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withJson(options as JsonOptions);
  for (const limit of [-1, 1.5, "1mb", null]) {
    assert.throws(make({ limit }), /^withJson: expected a number of bytes as "limit", got /);
  }
  assert.throws(make({ strict: "no" }), /^withJson: expected "strict" to be true or false, got "no"/);
  assert.throws(make({ type: "x" }), /^withJson: expected options among limit, strict, got "type"/);
});

test("over the wire: what is read is answered, what is refused has its status", async () => {
  const app = decorate(
    routes(POST("/", ({ json: value }) => json(value ?? "none"))),
    withJson(),
    withErrors(),
  );
  const { url, close } = await serve(app, { port: 0, signals: false });
  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    return [response.status, await response.text()];
  };
  try {
    assert.equal(await post('{"a":1}'), [200, '{"a":1}']);
    assert.equal(await post(""), [200, '"none"']);
    const detail = "Malformed JSON at line 1, column 2";
    assert.equal(await post("{"), [400, JSON.stringify({ title: "Bad Request", status: 400, detail })]);
    assert.is((await post("[".repeat(2 ** 20)))[0], 400);
    assert.is((await post(" ".repeat(2 ** 20 + 1)))[0], 413);
    assert.is((await post("{}", { "content-type": "application/json; charset=utf-16" }))[0], 415);
  } finally {
    await close({ grace: 0 });
  }
});

test.run();
