/** Directives become the text of a policy, and nothing but it. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatPolicy, type Policy } from "../../lib/text/policy.js";

const format = (policy: unknown, defaults?: Policy): string =>
  formatPolicy("spec", policy as Policy, defaults);

test("directives are written in their order, with their sources", () => {
  const policy = { defaultSrc: ["'self'", "https://a.example"], imgSrc: "'self'  data:", sandbox: [] };
  assert.is(format(policy), "default-src 'self' https://a.example; img-src 'self' data:; sandbox");
  assert.is(format({ requireTrustedTypesFor: "'script'" }), "require-trusted-types-for 'script'");
  assert.is(format({}), "");
});

test("what a policy does not name is as in the defaults; false leaves it out", () => {
  const defaults = { defaultSrc: "'self'", objectSrc: "'none'" };
  assert.is(format({ imgSrc: "data:" }, defaults), "default-src 'self'; object-src 'none'; img-src data:");
  assert.is(format({ defaultSrc: "https:" }, defaults), "default-src https:; object-src 'none'");
  assert.is(format({ objectSrc: undefined }, defaults), "default-src 'self'; object-src 'none'");
  assert.is(format({ objectSrc: false }, defaults), "default-src 'self'");
});

test("a source ends neither its directive nor the policy", () => {
  for (const text of ["a;script-src *", "a,b", "a;", "a\tb", "a\nb", "a\r\nset-cookie:", "é", "a\0"]) {
    for (const value of [text, [text], ["'self'", text]]) {
      assert.throws(
        () => format({ imgSrc: value }),
        /^spec: expected a source without , and ; in "imgSrc", got "/,
        text,
      );
    }
  }
});

test("keywords need their quotes, as a browser would take them for hosts", () => {
  for (const word of [
    "self",
    "none",
    "nonce",
    "nonce-abc",
    "sha256-abc=",
    "unsafe-inline",
    "strict-dynamic",
  ]) {
    const message = new RegExp(`^spec: expected "'${word}'" with its quotes in "scriptSrc", got "${word}"$`);
    assert.throws(() => format({ scriptSrc: ["'self'", word] }), message);
    assert.is(format({ scriptSrc: `'${word}'` }), `script-src '${word}'`);
  }
  assert.is(format({ scriptSrc: "self.example" }), "script-src self.example");
});

test("unknown directives, and values of other kinds, are refused", () => {
  for (const name of ["script-src", "scriptSource", "toString", "a;b"]) {
    assert.throws(() => format({ [name]: "'self'" }), /^spec: expected options among defaultSrc, .+, got "/);
  }
  for (const value of [true, 1, null, {}, [1], [["a"]]]) {
    assert.throws(
      () => format({ imgSrc: value }),
      /^spec: expected sources as text or an array of texts, or false, as "imgSrc", got /,
    );
  }
  for (const policy of ["default-src 'self'", null, []]) {
    assert.throws(() => format(policy), /^spec: expected a map of options, got /);
  }
});

test("whatever is let through is one directive", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (sources) => {
      try {
        assert.match(format({ imgSrc: sources }), /^img-src[^;,\t\r\n]*$/);
      } catch (error) {
        assert.instance(error, TypeError);
      }
    }),
  );
});

test.run();
