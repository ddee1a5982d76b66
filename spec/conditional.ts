/** Preconditions, as in RFC 9110 section 13. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isRangeWanted, isUnmodified, precondition } from "../lib/conditional.js";

const lastModified = "Sun, 06 Nov 1994 08:49:37 GMT";
const before = "Sun, 06 Nov 1994 08:49:36 GMT";
const after = "Sun, 06 Nov 1994 08:49:38 GMT";
const validators = { etag: '"a"', lastModified };
const state = (headers: Record<string, string>, known = validators) => precondition(headers, known);

test("without preconditions there is nothing in the way", () => {
  assert.is(state({}), "ok");
  assert.is(precondition({ "if-modified-since": after }, {}), "ok");
  assert.is(precondition({ "if-unmodified-since": before }, {}), "ok");
});

test("if-none-match compares weakly, and takes a star for whatever there is", () => {
  for (const list of ['"a"', 'W/"a"', '"b", "a"', "*", " * "]) {
    assert.is(state({ "if-none-match": list }), 304, list);
  }
  for (const list of ['"b"', "a", "", '"A"']) assert.is(state({ "if-none-match": list }), "ok", list);
  assert.is(state({ "if-none-match": '"a"' }, { etag: 'W/"a"', lastModified }), 304);
  assert.is(isUnmodified({ "if-none-match": '"a"' }, { lastModified }), false);
});

test("if-match compares strongly", () => {
  for (const list of ['"a"', '"b","a"', "*"]) assert.is(state({ "if-match": list }), "ok", list);
  for (const list of ['W/"a"', '"b"', "", "a"]) assert.is(state({ "if-match": list }), 412, list);
  assert.is(state({ "if-match": 'W/"a"' }, { etag: 'W/"a"', lastModified }), 412);
  assert.is(precondition({ "if-match": '"a"' }, {}), 412);
});

test("dates are compared by seconds, and what is none is not there", () => {
  const since = (date: string) => state({ "if-modified-since": date });
  assert.equal([since(before), since(lastModified), since(after)], ["ok", 304, 304]);
  const unmodified = (date: string) => state({ "if-unmodified-since": date });
  assert.equal([unmodified(before), unmodified(lastModified), unmodified(after)], [412, "ok", "ok"]);
  for (const none of ["", "yesterday", "0", "1994"]) {
    assert.equal([since(none), unmodified(none)], ["ok", "ok"], none);
  }
});

test("a tag goes before a date, and whether it is the right one before whether it is a new one", () => {
  assert.is(state({ "if-none-match": '"b"', "if-modified-since": after }), "ok");
  assert.is(state({ "if-none-match": '"a"', "if-modified-since": before }), 304);
  assert.is(state({ "if-match": '"a"', "if-unmodified-since": before }), "ok");
  assert.is(state({ "if-match": '"b"', "if-none-match": '"a"' }), 412);
  assert.is(state({ "if-match": '"a"', "if-none-match": '"a"' }), 304);
  assert.is(state({ "if-unmodified-since": before, "if-modified-since": after }), 412);
});

test("a part is wanted only of the very state that the client knows", () => {
  const wanted = (known: string, of = validators) => isRangeWanted({ "if-range": known }, of);
  assert.ok(isRangeWanted({}, validators));
  assert.equal([wanted('"a"'), wanted(lastModified)], [true, true]);
  for (const other of ['"b"', 'W/"a"', before, after, "", "*"]) assert.not(wanted(other), other);
  assert.not(wanted('W/"a"', { etag: 'W/"a"', lastModified }));
  assert.not(isRangeWanted({ "if-range": '"a"' }, {}));
});

test.run();
