/** Dates in header fields. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatDate, parseDate } from "../../lib/text/date.js";

const time = Date.UTC(1994, 10, 6, 8, 49, 37);

test("a date is written to the second", () => {
  assert.is(formatDate(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert.is(formatDate(time + 999.9), "Sun, 06 Nov 1994 08:49:37 GMT");
});

test("all three forms of RFC 9110 are read", () => {
  const forms = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun Nov 06 08:49:37 1994",
  ];
  for (const form of forms) assert.is(parseDate(form), time, form);
});

test("what is none is not a number", () => {
  const none = [
    undefined,
    "",
    "0",
    "1994",
    "1994-11-06",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 +0100",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 GMT and more",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 28:49:37 GMT",
  ];
  for (const text of none) assert.ok(Number.isNaN(parseDate(text)), text);
});

test.run();
