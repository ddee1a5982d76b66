import { test } from "uvu";
import * as assert from "uvu/assert";
import { headerName, headerValue } from "../../lib/text/header.js";

test("a field name is a token, and comes out in lower case", () => {
  assert.is(headerName("x", "X-Request-ID"), "x-request-id");
  for (const name of ["", "a b", "a:", "é", "a\n", 5, undefined]) {
    assert.throws(
      () => headerName("header", name),
      /header: expected a header name of letters, digits and -, got/,
    );
  }
});

test("a field value is latin1 without control characters but tabs", () => {
  for (const value of ["", "a b", "a\tb", "é"]) assert.is(headerValue("x", value), value);
  for (const value of ["a\r\nb: c", "a\u0000", "a\u007f", "€", 5, undefined]) {
    assert.throws(
      () => headerValue("header", value),
      /header: expected a header value without control characters/,
    );
  }
});

test.run();
