import { test } from "uvu";
import * as assert from "uvu/assert";
import { closing, linesOf, multiplexed } from "../../lib/server/lines.js";

test("fields become names and values in turn, but for those that frame the response", () => {
  const headers = {
    "x-a": "1",
    "set-cookie": ["a", "b"],
    "Content-Length": "5",
    "transfer-encoding": "chunked",
  };
  assert.equal(linesOf(headers), ["x-a", "1", "set-cookie", ["a", "b"]]);
});

test("the last response of a connection says so once, whatever it says of it besides", () => {
  const last = ["connection", "close"];
  assert.equal(closing([]), last);
  assert.equal(closing(["vary", "connection", "x", "close"]), ["vary", "connection", "x", "close", ...last]);
  assert.equal(closing(["Connection", "Keep-Alive", "x-a", "1", "connection", ["close"]]), [
    "x-a",
    "1",
    ...last,
  ]);
  assert.equal(closing(["connection", "upgrade"]), ["connection", "upgrade", ...last]);
});

test("HTTP/2 has no fields of the connection, and its values are checked", () => {
  assert.equal(multiplexed(["connection", "close", "x-a", "1", "Keep-Alive", "5"]), ["x-a", "1"]);
  assert.throws(() => multiplexed(["x-a", "1\r\nb: 2"]), /Invalid character/);
});

test.run();
