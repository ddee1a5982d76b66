import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { file } from "../lib/file.js";
import { render } from "../lib/render.js";
import {
  attachment,
  contentType,
  deleteCookie,
  header,
  json,
  pageNotFound,
  redirectLocal,
  redirectTo,
  setCookie,
  status,
  text,
} from "../lib/response.js";
import type { Request, Response, Update } from "../lib/types.js";

const request: Request = { method: "GET", uri: "/", headers: {} };
const rendered = (update: Update) => render(request, update) as Response;
const html = { "content-type": "text/html; charset=utf-8" };

test("each helper works alone and inside a vector", () => {
  assert.equal(rendered([status(201), contentType("text/calendar"), header("X-A", "1"), "x"]), {
    status: 201,
    headers: { "content-type": "text/calendar", "x-a": "1" },
    body: "x",
  });
  assert.equal(rendered(status(204)), { status: 204, headers: {} });
  assert.equal(rendered(header("X-A", "1")), { status: 200, headers: { "x-a": "1" } });
});

test("a status that is none is refused", () => {
  for (const code of [100, 600, 1.5, "200"])
    assert.throws(() => status(code as never), /status: expected an integer/);
});

test("header names and values are checked", () => {
  assert.throws(() => header("x y", "1"), /header: expected a header name/);
  assert.throws(() => header("x", "a\r\nset-cookie: b=1"), /header value without control characters/);
  assert.throws(() => contentType("a\nb"), /contentType: expected a header value/);
});

test("cookies are set and forgotten", () => {
  assert.equal(
    rendered([setCookie("a", "1 é", { path: "/", maxAge: 5 }), setCookie("b", "2")]).headers["set-cookie"],
    ["a=1%20%C3%A9; Max-Age=5; Path=/", "b=2"],
  );
  const gone = "a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
  assert.is(rendered(deleteCookie("a", { path: "/" })).headers["set-cookie"], gone);
  assert.throws(() => setCookie("a", "b", { path: "/;x" }), TypeError);
});

test("attachment names the file that is saved, and types it by its extension", () => {
  assert.equal(rendered([attachment("2026.csv"), "a;b"]), {
    status: 200,
    headers: {
      "content-disposition": 'attachment; filename="2026.csv"',
      "content-type": "text/csv; charset=utf-8",
    },
    body: "a;b",
  });
  assert.is(
    rendered([attachment("2026.CSV"), file("/tmp/x.bin")]).headers["content-type"],
    "text/csv; charset=utf-8",
  );
  assert.is(
    rendered([attachment("a.csv"), contentType("text/x-csv"), "a"]).headers["content-type"],
    "text/x-csv",
  );
});

test("attachment without a name, or one of unknown kind, leaves the type to the body", () => {
  assert.equal(attachment(), { headers: { "content-disposition": "attachment" } });
  assert.equal(rendered([attachment(), file("/tmp/a.pdf")]).headers, {
    "content-disposition": "attachment",
    "content-type": "application/pdf",
  });
  assert.is(rendered([attachment("x.unheard-of"), "a"]).headers["content-type"], html["content-type"]);
});

test("attachment takes names of uploads as they come, and nothing but names", () => {
  assert.equal(attachment("../../a.txt\r\nx: y").headers, {
    "content-disposition": 'attachment; filename="a.txtx: y"',
  });
  for (const name of [null, 1, {}]) {
    assert.throws(() => attachment(name as never), /^attachment: expected the name of a file, got /);
  }
});

test("redirectTo sends elsewhere, without a body", () => {
  assert.equal(rendered(redirectTo("/a?b=1#c")), { status: 302, headers: { location: "/a?b=1#c" } });
  assert.equal(rendered(redirectTo("https://a.com/", 301)).status, 301);
});

test("a location is encoded where a header cannot carry it", () => {
  assert.is(rendered(redirectTo("/café tea")).headers.location, "/caf%C3%A9%20tea");
  assert.is(rendered(redirectTo("/caf%C3%A9")).headers.location, "/caf%C3%A9");
});

test("control characters, half characters and statuses that are no redirect are refused", () => {
  for (const location of ["/a\r\nb", "/a\tb", "/\u007f", "", 5]) {
    assert.throws(
      () => redirectTo(location as never),
      /redirectTo: expected a location without control characters/,
    );
  }
  assert.throws(() => redirectTo("/\ud800"), /whole characters/);
  for (const code of [200, 400, 302.5])
    assert.throws(() => redirectTo("/", code), /a status from 300 to 399/);
});

test("redirectLocal stays on this site", () => {
  const goes = (path: unknown) => redirectLocal(path as string, "/home").headers?.location;
  assert.is(goes("/cart?x=1"), "/cart?x=1");
  const foreign = [
    "//evil.com",
    "/\\evil.com",
    "\\\\evil",
    "https://evil.com",
    "evil",
    "",
    undefined,
    null,
    5,
    ["/a"],
    "/a\n",
    "/\t/evil",
    " /a",
    "/\ud800",
  ];
  for (const path of foreign) assert.is(goes(path), "/home", String(path));
  assert.is(redirectLocal("//x").headers?.location, "/");
  assert.throws(
    () => redirectLocal("/", "//evil"),
    /redirectLocal: expected a fallback that is a path of this site/,
  );
});

test("law: wherever redirectLocal goes, a browser stays on the host", () => {
  const piece = fc.constantFrom(
    "/",
    "\\",
    "evil.com",
    "a",
    "?",
    "#",
    "@",
    ":",
    "%2f",
    "\t",
    "\n",
    " ",
    ".",
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (path) => {
        const location = String(redirectLocal(path).headers?.location);
        assert.is(new URL(location, "http://here.test/x").host, "here.test");
      },
    ),
    { numRuns: 2000 },
  );
});

test("pageNotFound is 404 with a body", () => {
  assert.equal(rendered(pageNotFound()), { status: 404, headers: html, body: "Not Found" });
  assert.equal(rendered(pageNotFound("Gone fishing")).body, "Gone fishing");
});

test("json and text are what they say", () => {
  assert.equal(rendered(json({ a: [1] })), {
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"a":[1]}',
  });
  assert.throws(() => json(undefined), /json: expected a value that JSON can hold, got undefined/);
  assert.equal(rendered(text("<b>")), {
    status: 200,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: "<b>",
  });
  assert.throws(() => text(5 as never), /text: expected a string, got 5/);
});

test.run();
