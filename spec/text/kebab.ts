import { test } from "uvu";
import * as assert from "uvu/assert";
import { kebab } from "../../lib/text/kebab.js";

test("words are divided by hyphens", () => {
  assert.is(kebab("maxAge"), "max-age");
  assert.is(kebab("requireTrustedTypesFor"), "require-trusted-types-for");
  assert.is(kebab("immutable"), "immutable");
});

test.run();
