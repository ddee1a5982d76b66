import { test } from "uvu";
import * as assert from "uvu/assert";
import { isDevelopment } from "../lib/development.js";

const { NODE_ENV } = process.env;

test.after(() => {
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
});

test("only NODE_ENV=development is development", () => {
  process.env.NODE_ENV = "development";
  assert.ok(isDevelopment());
  process.env.NODE_ENV = "production";
  assert.not(isDevelopment());
});

test("unset means production", () => {
  delete process.env.NODE_ENV;
  assert.not(isDevelopment());
});

test.run();
