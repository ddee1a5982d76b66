/** Entity tags. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isSameStrongly, isSameWeakly, parseTags } from "../../lib/text/etag.js";

test("the tags of a list are told apart, also where a comma is in one", () => {
  assert.equal(parseTags('"a", W/"b","c,d" ,""'), ['"a"', 'W/"b"', '"c,d"', '""']);
  for (const none of ["", "a", '"', "*", "W/"]) assert.equal(parseTags(none), [], none);
});

test("tags are compared as in the table of RFC 9110 section 8.8.3.2", () => {
  const table: [string, string, boolean, boolean][] = [
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ];
  for (const [one, other, strongly, weakly] of table) {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      assert.is(isSameStrongly(a, b), strongly, `${a} ${b}`);
      assert.is(isSameWeakly(a, b), weakly, `${a} ${b}`);
    }
  }
});

test.run();
