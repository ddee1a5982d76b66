import { test } from "uvu";
import * as assert from "uvu/assert";
import { type StrictTransportSecurity, strictTransport } from "../lib/hsts.js";

const value = (options: unknown) => strictTransport("spec", options as StrictTransportSecurity | false);

test("a year with the names below, unless something else is asked for", () => {
  assert.is(value({}), "max-age=31536000; includeSubDomains");
  assert.is(value({ maxAge: 0, includeSubDomains: false }), "max-age=0");
  assert.is(value({ maxAge: 63072000, preload: true }), "max-age=63072000; includeSubDomains; preload");
  assert.is(value({ maxAge: undefined, preload: undefined }), "max-age=31536000; includeSubDomains");
  assert.is(value(false), undefined);
});

test("wrong options are refused", () => {
  for (const maxAge of [-1, 1.5, "1", Number.NaN, Number.POSITIVE_INFINITY, null]) {
    assert.throws(() => value({ maxAge }), /^spec: expected a whole number of seconds as "maxAge", got /);
  }
  for (const name of ["includeSubDomains", "preload"]) {
    assert.throws(
      () => value({ [name]: "yes" }),
      new RegExp(`expected true or false as "${name}", got "yes"`),
    );
  }
  assert.throws(() => value({ maxage: 1 }), /expected options among maxAge, .+, got "maxage"/);
  for (const options of [null, "max-age=1", true])
    assert.throws(() => value(options), /a map of options, got /);
});

test("what could not be built in is not offered for it", () => {
  for (const options of [{ maxAge: 31535999 }, { includeSubDomains: false }]) {
    assert.throws(
      () => value({ ...options, preload: true }),
      /^spec: expected "preload" with .+, got an object/,
    );
  }
});

test.run();
