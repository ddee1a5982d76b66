import { test } from "uvu";
import * as assert from "uvu/assert";
import { announced, fieldOf, isBare, lengthOfNothing } from "../lib/framing.js";

test("a field is found in whatever case its name is written", () => {
  assert.is(fieldOf({ "Content-Type": "a/b" }, "content-type"), "a/b");
  assert.is(fieldOf({}, "content-type"), undefined);
});

test("the announced length is a number of bytes", () => {
  assert.equal([announced({}), announced({ "content-length": "12" })], [undefined, 12]);
  for (const length of ["", "-1", "1.5", "1e3", "x", "9".repeat(16)]) {
    assert.throws(
      () => announced({ "content-length": length }),
      /expected a number of bytes as "content-length"/,
    );
  }
});

test("a response without a body says that it is empty, unless it answers HEAD or can have none", () => {
  const headers = { "content-length": "5" };
  assert.is(lengthOfNothing({ status: 200, headers }, false), 0);
  assert.is(lengthOfNothing({ status: 200, headers }, true), 5);
  assert.is(lengthOfNothing({ status: 205, headers }, true), 0);
  assert.is(lengthOfNothing({ status: 304, headers }, true), undefined);
  assert.equal([200, 204, 205, 304].map(isBare), [false, true, true, true]);
});

test.run();
