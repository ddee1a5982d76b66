/** `nestedParams` of query and form; the other maps of parameters stay as they are. */
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { empty } from "../../lib/lazy.js";
import { withMultipart } from "../../lib/middleware/multipart.js";
import {
  type NestedParamsOptions,
  nestedParamsRequest,
  withNestedParams,
} from "../../lib/middleware/nested-params.js";
import { json } from "../../lib/response.js";
import { GET, POST } from "../../lib/routes.js";
import type { Awaitable, Request, RequestBody, Response } from "../../lib/types.js";

const asked = (queryString?: string): Request => ({ method: "GET", uri: "/", headers: {}, queryString });
const sent = (body: RequestBody, queryString?: string): Request => ({
  method: "POST",
  uri: "/",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  queryString,
  body,
});
/** As JSON, since the maps have no prototype. */
const nested = (request: Request, options?: NestedParamsOptions): unknown =>
  JSON.parse(JSON.stringify((nestedParamsRequest(request, options) as Request).nestedParams));

const refusal = (act: () => unknown): string => {
  try {
    act();
    return "";
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return `${status} ${message}`;
  }
};

test("names with brackets in query and form are nested, encoded or not", () => {
  assert.equal(nested(asked("user[name]=Ada&tags[]=a&tags%5B%5D=b")), {
    user: { name: "Ada" },
    tags: ["a", "b"],
  });
  assert.equal(nested(sent("user%5Bname%5D=Ada+L", "page=2")), { user: { name: "Ada L" }, page: "2" });
});

test("at the top the form wins over the query, and the two are not mixed", () => {
  assert.equal(nested(sent("user[name]=Ada&a[]=1", "user[admin]=1&a=2&b=3")), {
    user: { name: "Ada" },
    a: ["1"],
    b: "3",
  });
});

test("params and queryParams stay maps of text", () => {
  const seen = nestedParamsRequest(asked("user[name]=Ada")) as Request;
  assert.equal({ ...seen.params }, { "user[name]": "Ada" });
  assert.equal({ ...seen.queryParams }, { "user[name]": "Ada" });
});

test("a request that has nestedParams is left alone; the original is not changed", () => {
  const request = { ...asked("a[b]=1"), nestedParams: {} };
  assert.is(nestedParamsRequest(request), request);
  const first = asked("a[b]=1");
  const seen = nestedParamsRequest(first) as Request;
  assert.is(nestedParamsRequest(seen), seen);
  assert.is(first.nestedParams, undefined);
});

test("without query and form there is nothing to nest", () => {
  assert.is((nestedParamsRequest(asked()) as Request).nestedParams, empty);
});

test("the text fields of a multipart form are nested, its files are not", async () => {
  const app = decorate(
    POST("/", ({ nestedParams }) => json(nestedParams)),
    withNestedParams(),
    withMultipart(),
  );
  const form = new FormData();
  form.set("cat[name]", "Tom");
  form.append("tags[]", "a");
  form.append("tags[]", "b");
  form.set("cat[photo]", new File(["meow"], "cat.txt"));
  const { headers, body } = new globalThis.Response(form);
  const request = {
    method: "POST",
    uri: "/",
    headers: { "content-type": headers.get("content-type") as string },
    body: body as unknown as RequestBody,
  };
  const response = (await app(request)) as Response;
  assert.equal(JSON.parse(response.body as string), { cat: { name: "Tom" }, tags: ["a", "b"] });
});

test("a form that is a stream is waited for; one at hand is not", async () => {
  const app = withNestedParams()((request) => ({
    status: 200,
    headers: {},
    body: JSON.stringify(request.nestedParams),
  }));
  const answer: Awaitable<Response | null> = app(sent(Readable.from([Buffer.from("a[]=1")])));
  assert.instance(answer, Promise);
  assert.is((await answer)?.body, '{"a":["1"]}');
  assert.is((app(sent("a[]=1")) as Response).body, '{"a":["1"]}');
  assert.is(withNestedParams()(() => null)(asked("a=1")), null);
});

test("a route inside sees nestedParams, and its own parameters in params", () => {
  const app = decorate(
    GET("/:id", ({ params, nestedParams }) => json({ id: params.id, nestedParams })),
    withNestedParams(),
  );
  const response = app({ ...asked("a[b]=1"), uri: "/7" }) as Response;
  assert.is(response.body, '{"id":"7","nestedParams":{"a":{"b":"1"}}}');
});

test("past a limit it is 400, whether a handler looks or not", () => {
  const call = (request: Request, options?: NestedParamsOptions) => () =>
    withNestedParams(options)(() => null)(request);
  assert.is(refusal(call(asked("a[b][c][d][e][f]=1"))), "");
  assert.is(refusal(call(asked("a[b][c][d][e][f][g]=1"))), "400 A parameter is more than 5 levels deep");
  assert.is(refusal(call(asked("a[b]=1"), { maxDepth: 0 })), "400 A parameter is more than 0 levels deep");
  assert.is(refusal(call(asked("a=1&a=1"), { maxParams: 2 })), "");
  assert.is(refusal(call(sent("b=1", "a=1&a=1"), { maxParams: 2 })), "400 There are more than 2 parameters");
  assert.is(refusal(call(asked("a[]=1&".repeat(1000)))), "");
  assert.is(refusal(call(asked("a[]=1&".repeat(1001)))), "400 There are more than 1000 parameters");
  assert.match(refusal(call(asked("a=1&a[b]=2"))), /^400 Conflicting parameters/);
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withNestedParams(options as NestedParamsOptions);
  for (const maxDepth of [-1, 101, 1.5, "5"]) {
    assert.throws(
      make({ maxDepth }),
      /^withNestedParams: expected a whole number from 0 to 100 as "maxDepth", got /,
    );
  }
  assert.throws(
    make({ maxParams: "9" }),
    /^withNestedParams: expected a whole number from 0 as "maxParams", got "9"/,
  );
  assert.throws(
    make({ depth: 1 }),
    /^withNestedParams: expected options among maxDepth, maxParams, got "depth"/,
  );
});

test.run();
