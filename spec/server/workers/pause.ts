import { test } from "uvu";
import * as assert from "uvu/assert";
import { crashesWith, pauseAfter } from "../../../lib/server/workers/pause.js";

test("each crash on end doubles the pause, up to five seconds; a worker that served for a while begins anew", () => {
  assert.equal([1, 2, 3, 4, 7, 8, 1000].map(pauseAfter), [0, 100, 200, 400, 3200, 5000, 5000]);
  assert.is(crashesWith(6, 9999), 7);
  assert.is(crashesWith(6, 10_000), 1);
});

test.run();
