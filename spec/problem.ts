import { test } from "uvu";
import * as assert from "uvu/assert";
import { problem } from "../lib/problem.js";

test("a problem has the title and the number of its status, and details", () => {
  const { status, headers, body } = problem(413, { detail: "The form is larger than 1 MiB" });
  assert.is(status, 413);
  assert.equal(headers, { "content-type": "application/problem+json" });
  assert.equal(JSON.parse(body as string), {
    title: "Content Too Large",
    status: 413,
    detail: "The form is larger than 1 MiB",
  });
});

test.run();
