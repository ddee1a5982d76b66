/** Directives become the cache-control header of each response. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type CacheControlOptions,
  cacheControlResponse,
  withCacheControl,
} from "../../lib/middleware/cache-control.js";
import type { Request, Response } from "../../lib/types.js";

const request: Request = { method: "GET", uri: "/", headers: {} };
const written = (options: CacheControlOptions): unknown => {
  const handler = withCacheControl(options)(() => ({ status: 200, headers: {} }));
  return (handler(request) as Response).headers["cache-control"];
};

test("directives are written in their order; a false or undefined one is left out", () => {
  assert.is(written({ maxAge: 3600, public: false, mustRevalidate: true }), "max-age=3600, must-revalidate");
  assert.is(written({ private: true, maxAge: undefined, noStore: true }), "private, no-store");
  assert.is(written({ maxAge: 0 }), "max-age=0");
});

test("each directive has its name of the RFC", () => {
  const times = { maxAge: 1, sMaxage: 2, staleWhileRevalidate: 3, staleIfError: 4 };
  assert.is(written(times), "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4");
  assert.is(
    written({
      public: true,
      private: true,
      noCache: true,
      noStore: true,
      noTransform: true,
      mustRevalidate: true,
      mustUnderstand: true,
      proxyRevalidate: true,
      immutable: true,
    }),
    "public, private, no-cache, no-store, no-transform, must-revalidate, must-understand, proxy-revalidate, immutable",
  );
});

test("the header takes the place of another", () => {
  const response = { status: 200, headers: { "cache-control": "no-store", vary: "accept" }, body: "tea" };
  assert.equal(cacheControlResponse(response, "max-age=1"), {
    status: 200,
    headers: { "cache-control": "max-age=1", vary: "accept" },
    body: "tea",
  });
});

test("a response that sets a cookie keeps a cache-control of its own", () => {
  const response = {
    status: 200,
    headers: { "cache-control": "private, no-store", "set-cookie": ["sid=1"] },
  };
  assert.is(cacheControlResponse(response, "public, max-age=60"), response);
  const open = { status: 200, headers: { "set-cookie": "theme=dark" } };
  assert.is(
    cacheControlResponse(open, "private, max-age=60").headers["cache-control"],
    "private, max-age=60",
  );
});

test("an unmatched request stays unmatched", () => {
  assert.is(withCacheControl({ noStore: true })(() => null)(request), null);
});

test("wrong directives fail when the decorator is made", () => {
  const make = (options: unknown) => () => withCacheControl(options as CacheControlOptions);
  for (const value of [-1, 1.5, "3600", true, Number.NaN, null]) {
    assert.throws(
      make({ maxAge: value }),
      /^withCacheControl: expected "maxAge" to be a whole number of seconds, got /,
    );
  }
  for (const value of ["yes", 1, null]) {
    assert.throws(make({ public: value }), /^withCacheControl: expected "public" to be true or false, got /);
  }
  for (const name of ["max-age", "toString", "a\r\nb"]) {
    assert.throws(make({ [name]: true }), /expected directives among maxAge, .+, immutable, got "/);
  }
  for (const options of [undefined, null, "no-store"]) {
    assert.throws(make(options), /^withCacheControl: expected directives such as \{ maxAge: 3600 \}, got /);
  }
  for (const options of [{}, { public: false }, { maxAge: undefined }]) {
    assert.throws(make(options), /^withCacheControl: expected at least one directive, got /);
  }
});

test.run();
