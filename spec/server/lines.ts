import { test } from "uvu";
import * as assert from "uvu/assert";
import { announced, fieldOf, isConnection, linesOf, multiplexed } from "../../lib/server/lines.js";

test("fields become names and values in turn, but for those that frame the response", () => {
  const headers = {
    "x-a": "1",
    "set-cookie": ["a", "b"],
    "Content-Length": "5",
    "transfer-encoding": "chunked",
  };
  assert.equal(linesOf(headers), ["x-a", "1", "set-cookie", ["a", "b"]]);
});

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

test("the connection field is told by its name, and not by a value", () => {
  assert.is(["vary", "connection"].some(isConnection), false);
  assert.is(["x", "y", "Connection", "close"].some(isConnection), true);
});

test("HTTP/2 has no fields of the connection, and its values are checked", () => {
  assert.equal(multiplexed(["connection", "close", "x-a", "1", "Keep-Alive", "5"]), ["x-a", "1"]);
  assert.throws(() => multiplexed(["x-a", "1\r\nb: 2"]), /Invalid character/);
});

test.run();
