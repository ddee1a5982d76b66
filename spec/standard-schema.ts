/** Schemas are told from other things, and the places of their issues are JSON pointers. */
import { type } from "arktype";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as v from "valibot";
import { z } from "zod";
import { isSchema, pointerOf } from "../lib/standard-schema.js";

test("schemas of zod, valibot and arktype are schemas, other things are not", () => {
  for (const schema of [z.string(), v.string(), type("string")]) assert.ok(isSchema(schema));
  for (const other of [null, undefined, "x", 1, {}, () => true, z, { "~standard": { version: 1 } }]) {
    assert.not(isSchema(other));
  }
  assert.not(isSchema({ "~standard": { version: 2, validate: () => ({ value: 1 }) } }));
});

test("a place is a JSON pointer, whose slashes and tildes are escaped", () => {
  const message = "wrong";
  assert.is(pointerOf({ message }), "");
  assert.is(pointerOf({ message, path: ["tags", 0] }), "/tags/0");
  assert.is(pointerOf({ message, path: [{ key: "a/b" }, "c~d", ""] }), "/a~1b/c~0d/");
  assert.is(pointerOf({ message, path: [Symbol("s")] }), "/Symbol(s)");
});

test.run();
