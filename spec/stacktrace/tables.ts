/** What is shown of a request, and what is not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { httpError } from "../../lib/errors.js";
import { lazy } from "../../lib/lazy.js";
import { tablesOf } from "../../lib/stacktrace/tables.js";
import { noted, type Request } from "../../lib/types.js";

const get: Request = { method: "GET", uri: "/users/42", headers: {} };

const rowsOf = (title: string, request: Partial<Request>): unknown =>
  tablesOf({ ...get, ...request }).find((table) => table.title === title)?.rows;

test("the request has a method, a path and the route that matched", () => {
  assert.equal(tablesOf(get), [
    {
      title: "Request",
      rows: [
        ["method", "GET"],
        ["uri", "/users/42"],
      ],
    },
  ]);
  const notes = { allow: [], declined: false, route: "/users/:id" };
  assert.equal(rowsOf("Request", { [noted]: notes }), [
    ["method", "GET"],
    ["uri", "/users/42"],
    ["route", "/users/:id"],
  ]);
});

const shown = [
  "accept",
  "host",
  "user-agent",
  "x-request-id",
  "author",
  "authors",
  "shipping",
  "zip",
  "message",
];
const secrets = [
  "cookie",
  "set-cookie",
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "x-auth-token",
  "x-csrf-token",
  "password",
  "newPassword",
  "passphrase",
  "pwd",
  "client_secret",
  "access_token",
  "session",
  "connect.sid",
  "otp",
  "pin",
  "code",
  "card-number",
  "cvc",
  "X-Amz-Signature",
];

test("whatever sounds secret is hidden in headers, query and form, all else is shown", () => {
  const map = Object.fromEntries([...shown, ...secrets].map((name) => [name, "value"]));
  const expected = [...shown.map((name) => [name, "value"]), ...secrets.map((name) => [name, "[hidden]"])];
  assert.equal(rowsOf("Headers", { headers: map }), expected);
  assert.equal(rowsOf("Query", { queryParams: map }), expected);
  assert.equal(rowsOf("Form", { formParams: map }), expected);
});

test("credentials are hidden under any name, and so is the query of the page before", () => {
  const headers = {
    "x-upstream": "Bearer abc",
    "x-proxy": "basic YTpi",
    "x-who": "eyJhbGciOiJIUzI1NiJ9.e30.x",
    referer: "http://localhost/reset?token=abc\n",
  };
  assert.equal(rowsOf("Headers", { headers }), [
    ["x-upstream", "[hidden]"],
    ["x-proxy", "[hidden]"],
    ["x-who", "[hidden]"],
    ["referer", "http://localhost/reset?[hidden]"],
  ]);
});

test("of cookies and the session there are only names", () => {
  assert.equal(rowsOf("Cookies", { cookies: { theme: "dark" } }), [["theme", "[hidden]"]]);
  assert.equal(rowsOf("Session", { session: { name: "Ada" } }), [["name", "[hidden]"]]);
});

test("repeated values are joined, long ones cut, missing ones left out", () => {
  const queryParams = { tag: ["a", "b"], long: "x".repeat(2000), none: undefined };
  assert.equal(rowsOf("Query", { queryParams }), [
    ["tag", "a, b"],
    ["long", `${"x".repeat(1000)}…`],
  ]);
});

test("a map that cannot be parsed is malformed", () => {
  const failing = lazy(() => {
    throw httpError(400, "Malformed");
  }, "");
  assert.equal(rowsOf("Query", { queryParams: failing }), [["", "[malformed]"]]);
});

test.run();
