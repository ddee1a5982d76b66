import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomBytes } from "../lib/random.js";

test("no bytes are given twice, over many fetches", () => {
  const given = Array.from({ length: 2000 }, () => randomBytes(24));
  assert.is(new Set(given.map((bytes) => bytes.toString("hex"))).size, 2000);
  assert.ok(given.every((bytes) => bytes.length === 24));
});

test("what was given is nobody else's to change", () => {
  const first = randomBytes(16);
  const before = first.toString("hex");
  for (let i = 0; i < 600; i++) randomBytes(16).fill(0);
  assert.is(first.toString("hex"), before);
});

test.run();
