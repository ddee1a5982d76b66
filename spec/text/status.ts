import { test } from "uvu";
import * as assert from "uvu/assert";
import { statusPhrase } from "../../lib/text/status.js";

test("a status has its phrase", () => {
  assert.is(statusPhrase(404), "Not Found");
  assert.is(statusPhrase(422), "Unprocessable Content");
});

test("an unknown status has the phrase of its class", () => {
  assert.is(statusPhrase(418), "Bad Request");
  assert.is(statusPhrase(599), "Internal Server Error");
});

test.run();
