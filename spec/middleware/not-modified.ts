/** A response is sent only to those who have not got it yet. */
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withNotModified } from "../../lib/middleware/not-modified.js";
import { GET, routes } from "../../lib/routes.js";
import type { Request, Response, ResponseBody } from "../../lib/types.js";

const asked = (headers = {}, method = "GET"): Request => ({ method, uri: "/", headers });

/** The answer to a request with these headers, of a handler that always gives this response. */
const answer = (response: Partial<Response>, headers = {}, method = "GET"): Response =>
  withNotModified()(() => ({ status: 200, headers: {}, ...response }))(asked(headers, method)) as Response;

const tagOf = (body: ResponseBody): string => String(answer({ body }).headers.etag);

test("text gets a weak tag, bytes a strong one, and another body another", () => {
  assert.match(tagOf("tea"), /^W\/"[\w-]{27}"$/);
  assert.match(tagOf(Buffer.from("tea")), /^"[\w-]{27}"$/);
  assert.is(tagOf("tea"), tagOf("tea"));
  assert.is.not(tagOf("tea"), tagOf("tee"));
  assert.is(tagOf("é"), `W/${tagOf(Buffer.from("é"))}`);
  assert.match(tagOf(""), /^W\//);
});

test("who has it already gets 304 without the body and without what describes it", () => {
  const headers = {
    "content-type": "text/plain",
    "content-length": "3",
    "content-encoding": "gzip",
    "content-language": "en",
    "cache-control": "max-age=1",
    "content-location": "/a",
    vary: "accept",
    "set-cookie": ["a=1", "b=2"],
    "access-control-allow-origin": "*",
  };
  const etag = tagOf("tea");
  assert.equal(answer({ headers, body: "tea" }, { "if-none-match": etag }), {
    status: 304,
    headers: {
      "cache-control": "max-age=1",
      "content-location": "/a",
      vary: "accept",
      "set-cookie": ["a=1", "b=2"],
      "access-control-allow-origin": "*",
      etag,
    },
    body: null,
  });
});

test("who has another gets the response", () => {
  const { status, body, headers } = answer({ body: "tea" }, { "if-none-match": '"other"' });
  assert.equal([status, body, headers.etag], [200, "tea", tagOf("tea")]);
});

test("a tag and a date that the handler has set are compared, whatever the body", () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const bodies = [() => "tea", () => Readable.from(["tea"]), () => ({ file: "/nowhere" }), () => null];
  for (const body of bodies) {
    const tagged = { headers: { etag: '"mine"' }, body: body() };
    assert.is(answer(tagged, { "if-none-match": 'W/"mine"' }).status, 304);
    const dated = { headers: { "last-modified": date }, body: body() };
    assert.is(answer(dated, { "if-modified-since": date }).status, 304);
  }
  assert.is(answer({ headers: { etag: '"mine"' }, body: "tea" }).headers.etag, '"mine"');
});

test("a stream gets no tag, and is let go of where it is not sent", () => {
  const stream = Readable.from(["tea"]);
  const sent = answer({ body: stream });
  assert.equal([sent.body === stream, sent.headers.etag, stream.destroyed], [true, undefined, false]);
  const { body } = answer({ headers: { etag: '"a"' }, body: stream }, { "if-none-match": '"a"' });
  assert.equal([body, stream.destroyed], [null, true]);
});

test("what is not to be stored gets no tag", () => {
  for (const value of ["no-store", "private, No-Store", ["private", "no-store"]]) {
    const headers = { "cache-control": value };
    assert.is(answer({ headers, body: "tea" }).headers.etag, undefined);
    assert.is(answer({ headers, body: "tea" }, { "if-none-match": tagOf("tea") }).status, 200);
  }
});

test("other methods and other statuses are left alone", () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const { status, headers } = answer({ body: "tea" }, { "if-none-match": "*" }, method);
    assert.equal([status, headers.etag], [200, undefined], method);
  }
  for (const status of [201, 204, 206, 301, 404, 500]) {
    const response = answer({ status, body: "tea" }, { "if-none-match": "*" });
    assert.equal(response, { status, headers: {}, body: "tea" });
  }
});

test("HEAD is compared by what the handler has set, since a route gives it no body", () => {
  const app = withNotModified()(
    routes(
      GET("/plain", "tea"),
      GET("/tagged", () => ({ headers: { etag: '"a"' }, body: "tea" })),
    ),
  );
  const head = (uri: string, headers = {}) => app({ method: "HEAD", uri, headers }) as Response;
  assert.is(head("/plain").headers.etag, undefined);
  assert.equal({ ...head("/tagged", { "if-none-match": '"a"' }).headers }, { etag: '"a"' });
  assert.is(head("/tagged", { "if-none-match": '"a"' }).status, 304);
  assert.is(answer({ body: "tea" }, { "if-none-match": tagOf("tea") }, "HEAD").status, 304);
});

test("other keys of a response stay, as its session", () => {
  const response = answer({ body: "tea", session: { n: 1 } }, { "if-none-match": tagOf("tea") });
  assert.equal([response.status, response.session], [304, { n: 1 }]);
});

test("a request and a response without headers will do", () => {
  const bare = withNotModified()(() => ({ status: 200, body: "tea" }) as Response);
  const response = bare({ method: "GET", uri: "/" } as Request) as Response;
  assert.equal([response.status, response.headers.etag], [200, tagOf("tea")]);
});

test("null stays null, and a promise is waited for", async () => {
  assert.is(withNotModified()(() => null)(asked()), null);
  const later = withNotModified()(async () => ({ status: 200, headers: {}, body: "tea" }));
  assert.is((await later(asked({ "if-none-match": tagOf("tea") })))?.status, 304);
});

test.run();
