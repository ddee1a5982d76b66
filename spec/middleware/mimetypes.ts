/** The path types what the handler left open. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type MimetypesOptions, mimetypesResponse, withMimetypes } from "../../lib/middleware/mimetypes.js";
import { render } from "../../lib/render.js";
import type { Request, Response, Update } from "../../lib/types.js";

const asked = (uri: string): Request => ({ method: "GET", uri, headers: {} });

/** The content type of what a route returns for this path. */
const typed = (uri: string, options?: MimetypesOptions, update: Update = "body { margin: 0 }"): unknown => {
  const handler = withMimetypes(options)((request) => render(request, update));
  return (handler(asked(uri)) as Response).headers["content-type"];
};

test("text gets the type of the path's extension", () => {
  assert.is(typed("/files/bar.css"), "text/css; charset=utf-8");
  assert.is(typed("/data.json"), "application/json");
  assert.is(typed("/v1.0/page.txt"), "text/plain; charset=utf-8");
});

test("without a known extension a response keeps what it has", () => {
  for (const uri of ["/", "/foobar", "/a.unheard-of", "/a.constructor"]) {
    assert.is(typed(uri), "text/html; charset=utf-8");
  }
  const bare = { status: 200, headers: {}, body: new Uint8Array(1) };
  assert.is(mimetypesResponse(bare, asked("/")), bare);
});

test("a response without a type gets one", () => {
  const bare = { status: 200, headers: { vary: "accept" }, body: new Uint8Array(1) };
  const { headers } = mimetypesResponse(bare, asked("/logo.png"));
  assert.equal(headers, { vary: "accept", "content-type": "image/png" });
});

test("a type that the handler has set stays", () => {
  const update = { headers: { "content-type": "text/x-scss" }, body: "$a: 1" };
  assert.is(typed("/style.css", undefined, update), "text/x-scss");
});

test("an error page stays what it is", () => {
  assert.is(typed("/gone.pdf", undefined, [404, "<h1>Gone</h1>"]), "text/html; charset=utf-8");
});

test("types are added, and go before those that are known", () => {
  const types = { foo: "test/foo", css: "text/x-css" };
  assert.is(typed("/file.foo", { types }), "test/foo");
  assert.is(typed("/file.FOO", { types }), "test/foo");
  assert.is(typed("/file.css", { types }), "text/x-css");
  assert.is(typed("/file.pdf", { types }), "application/pdf");
});

test("the fallback is for paths without a known extension", () => {
  const options = { types: { foo: "test/foo" }, fallback: "test/fallback" };
  assert.is(typed("/", options), "test/fallback");
  assert.is(typed("/a.unheard-of", options), "test/fallback");
  assert.is(typed("/a.toString", options), "test/fallback");
  assert.is(typed("/file.foo", options), "test/foo");
  assert.is(typed("/file.pdf", options), "application/pdf");
});

test("a request without uri is for /", () => {
  const { uri, ...request } = asked("/");
  const { headers } = mimetypesResponse({ status: 200, headers: {} }, request as Request, {
    fallback: "a/b",
  });
  assert.is(headers["content-type"], "a/b");
});

test("an unmatched request stays unmatched", () => {
  assert.is(withMimetypes()(() => null)(asked("/a.css")), null);
});

test("wrong options fail when the decorator is made", () => {
  const make = (options: unknown) => () => withMimetypes(options as MimetypesOptions);
  for (const types of [null, "css", 1]) {
    assert.throws(make({ types }), /^withMimetypes: expected "types" to be a map such as .+, got /);
  }
  for (const name of [".foo", "FOO", "tar.gz", ""]) {
    assert.throws(
      make({ types: { [name]: "a/b" } }),
      /^withMimetypes: expected extensions in lower case without a dot, got /,
    );
  }
  assert.throws(
    make({ types: { foo: "text" } }),
    /expected the type of "foo" to be a content type such as "text\/plain", got "text"$/,
  );
  assert.throws(make({ fallback: "text" }), /expected "fallback" to be a content type/);
  assert.throws(make({ fallback: "a/b\r\nx: y" }), /^withMimetypes: expected a header value without control/);
});

test.run();
