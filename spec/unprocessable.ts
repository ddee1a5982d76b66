/** What is wrong with a request is told to each client in its own language, and no secret is kept of it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { render } from "../lib/render.js";
import type { JsonMap, RepeatedParams, Request, Response } from "../lib/types.js";
import { type Issue, unprocessable } from "../lib/unprocessable.js";

const issues: readonly Issue[] = [{ in: "form", path: "/email", message: "Invalid email" }];
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const urlencoded = "application/x-www-form-urlencoded";

const posted = (headers: Request["headers"] = {}, more: Partial<Request> = {}): Request => ({
  method: "POST",
  uri: "/sign",
  headers: { host: "example.com", accept: browser, "content-type": urlencoded, ...headers },
  session: {},
  flash: {},
  ...more,
});
const answer = (request: Request, fields: RepeatedParams = {}, found = issues): Response =>
  render(request, unprocessable(request, found, fields)) as Response;
const locationOf = (request: Request): unknown => answer(request).headers.location;

test("a program gets problem details", () => {
  for (const accept of [undefined, "*/*", "application/json", "application/problem+json", "text/plain"]) {
    const { status, headers, body, flash } = answer(posted({ accept }));
    assert.is(status, 422);
    assert.equal({ ...headers }, { "content-type": "application/problem+json", vary: "accept" });
    assert.equal(JSON.parse(body as string), { title: "Unprocessable Content", status: 422, issues });
    assert.is(flash, undefined);
  }
});

test("a browser that has sent a form goes back to it, with the issues and what was typed as flash", () => {
  const fields = { email: "x", tags: ["a", "b"] };
  const types = [urlencoded, "multipart/form-data; boundary=x"];
  for (const type of types) {
    const { status, headers, body, flash } = answer(posted({ "content-type": type }), fields);
    assert.equal([status, body], [303, undefined]);
    assert.equal({ ...headers }, { location: "/sign", vary: "accept" });
    assert.equal(flash, { issues, values: fields });
  }
});

test("the way back is the page that the browser comes from, if it is one of this site", () => {
  assert.is(locationOf(posted({ referer: "https://example.com/join?plan=1#x" })), "/join?plan=1");
  assert.is(locationOf(posted({ referer: "http://example.com:81/x", host: "EXAMPLE.com:81" })), "/x");
  assert.is(locationOf(posted({ referer: "https://example.com/x", host: "example.com:443" })), "/x");
  for (const referer of [
    "https://evil.com/x",
    "https://example.com.evil.com/",
    "https://example.com@evil.com/",
    "https://example.com:81/x",
    "example.com/x",
    "/x",
    "javascript:alert(1)",
    "",
  ]) {
    assert.is(locationOf(posted({ referer })), "/sign", referer);
  }
  assert.is(locationOf(posted({ referer: "about:blank", host: undefined })), "/sign");
  assert.is(locationOf(posted({ referer: "https://example.com//evil.com" })), "/");
  assert.is(locationOf(posted({}, { uri: "//evil.com" })), "/");
});

test("secrets are not put into a flash, nor messages that repeat them", () => {
  const fields = { email: "x@y", password: "hunter2", user_Token: ["t1", ""], "card[number]": "4111" };
  const found: readonly Issue[] = [
    { in: "form", path: "/password", message: 'must be longer (was "hunter2")' },
    { in: "form", path: "/user_Token/0", message: "not t1" },
    { in: "form", path: "/email", message: 'no email (was "x@y")' },
  ];
  const { flash } = answer(posted(), fields, found);
  assert.not.match(JSON.stringify(flash), /hunter2|t1|4111/);
  assert.equal((flash as JsonMap).values, { email: "x@y" });
  assert.equal(
    ((flash as JsonMap).issues as Issue[]).map(({ message }) => message),
    ["Invalid", "Invalid", 'no email (was "x@y")'],
  );
});

test("a name such as __proto__ is a field like any other", () => {
  const { flash } = answer(posted(), Object.fromEntries([["__proto__", "x"]]));
  assert.is(JSON.stringify((flash as JsonMap).values), '{"__proto__":"x"}');
});

test("without a session, without a form, or with more than a cookie holds, it is a page", () => {
  const cases = [
    answer(posted({}, { flash: undefined })),
    answer(posted({ "content-type": undefined })),
    answer(posted(), { text: "é".repeat(1024) }),
    answer(
      posted(),
      {},
      Array.from({ length: 50 }, () => issues[0] as Issue),
    ),
  ];
  for (const { status, headers, body, flash } of cases) {
    assert.equal([status, flash], [422, undefined]);
    assert.equal({ ...headers }, { "content-type": "text/html; charset=utf-8", vary: "accept" });
    assert.match(body as string, "<li><strong>email</strong>: Invalid email</li>");
  }
  assert.is(answer(posted(), { text: "x".repeat(1900) }).status, 303);
});

test("the page escapes what it shows; an issue of the whole has no name", () => {
  const found: readonly Issue[] = [
    { in: "form", path: "/<b>", message: "<script>" },
    { in: "json", path: "", message: "Not a map" },
  ];
  const { body } = answer(posted({}, { flash: undefined }), {}, found);
  assert.match(body as string, "<li><strong>&lt;b&gt;</strong>: &lt;script&gt;</li>");
  assert.match(body as string, "<li>Not a map</li>");
});

test.run();
