import { test } from "uvu";
import * as assert from "uvu/assert";
import { vary } from "../lib/vary.js";

test("a field is added to those that a response depends on", () => {
  assert.equal(vary({}, "origin"), { vary: "origin" });
  assert.equal(vary({ vary: "Accept", a: "b" }, "origin"), { vary: "Accept, origin", a: "b" });
  assert.equal(vary({ vary: ["accept", "cookie"] }, "origin"), { vary: "accept, cookie, origin" });
});

test("a field that is there in any case, or in a star, is not added again", () => {
  assert.equal(vary({ vary: "accept, Origin" }, "origin"), { vary: "accept, Origin" });
  assert.equal(vary({ vary: "*" }, "origin"), { vary: "*" });
});

test("the headers that it was given stay as they are", () => {
  const headers = Object.freeze({ vary: "accept" });
  vary(headers, "origin");
  assert.equal(headers, { vary: "accept" });
});

test.run();
