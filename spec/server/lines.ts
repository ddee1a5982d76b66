import { test } from "uvu";
import * as assert from "uvu/assert";
import { isConnection, linesOf, multiplexed } from "../../lib/server/lines.js";

test("fields become names and values in turn, but for those that frame the response", () => {
  const headers = {
    "x-a": "1",
    "set-cookie": ["a", "b"],
    "Content-Length": "5",
    "transfer-encoding": "chunked",
  };
  assert.equal(linesOf(headers), ["x-a", "1", "set-cookie", ["a", "b"]]);
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
