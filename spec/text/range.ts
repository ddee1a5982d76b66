/** Parts of files. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRange } from "../../lib/text/range.js";

test("a range has both ends in it, and ends where the file does", () => {
  assert.equal(parseRange("bytes=0-0", 10), { start: 0, end: 0 });
  assert.equal(parseRange("bytes=2-5", 10), { start: 2, end: 5 });
  assert.equal(parseRange("bytes=2-", 10), { start: 2, end: 9 });
  assert.equal(parseRange("bytes=2-99", 10), { start: 2, end: 9 });
  assert.equal(parseRange("Bytes=9-9", 10), { start: 9, end: 9 });
  assert.equal(parseRange(`bytes=2-${"9".repeat(400)}`, 10), { start: 2, end: 9 });
});

test("a suffix is the last bytes", () => {
  assert.equal(parseRange("bytes=-3", 10), { start: 7, end: 9 });
  assert.equal(parseRange("bytes=-10", 10), { start: 0, end: 9 });
  assert.equal(parseRange("bytes=-99", 10), { start: 0, end: 9 });
});

test("a range behind the end, and the last none of the bytes, cannot be had", () => {
  for (const field of ["bytes=10-", "bytes=10-12", "bytes=-0", `bytes=${"9".repeat(400)}-`]) {
    assert.is(parseRange(field, 10), null, field);
  }
  assert.is(parseRange("bytes=0-", 0), null);
  assert.is(parseRange("bytes=0-0", 0), null);
});

test("whatever else is no range, and all is sent", () => {
  const none = ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=12-11", "bytes=a-b", "bytes=1-2,4-5"];
  for (const field of [
    ...none,
    "bytes=+1-2",
    "bytes=1.5-2",
    "bytes= 1-2",
    "lines=1-2",
    "bytes=-1-2",
    "bytes=0x1-",
  ]) {
    assert.is(parseRange(field, 10), undefined, field);
  }
  assert.is(parseRange("bytes=-5", 0), undefined);
});

test.run();
