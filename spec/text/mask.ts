import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isSecret, masked, newSecret, unmasks } from "../../lib/text/mask.js";

test("each secret is another, and known as one", () => {
  const secrets = new Set(Array.from({ length: 100 }, newSecret));
  assert.is(secrets.size, 100);
  for (const secret of secrets) assert.ok(isSecret(secret));
});

test("anything else is no secret", () => {
  for (const value of [
    undefined,
    null,
    1,
    "",
    "a".repeat(31),
    "a".repeat(33),
    "=".repeat(32),
    ["a".repeat(32)],
  ]) {
    assert.is(isSecret(value), false);
  }
});

test("a secret has as many disguises as one likes, and all of them hold", () => {
  const secret = newSecret();
  const tokens = new Set(Array.from({ length: 100 }, () => masked(secret)));
  assert.is(tokens.size, 100);
  for (const token of tokens) {
    assert.match(token, /^[\w-]{64}$/);
    assert.ok(unmasks(token, secret));
    assert.not.ok(token.includes(secret));
  }
});

test("a token holds for its own secret only", () => {
  assert.not.ok(unmasks(masked(newSecret()), newSecret()));
});

test("a token that was changed anywhere holds no more", () => {
  const secret = newSecret();
  fc.assert(
    fc.property(fc.nat(63), fc.constantFrom(..."AZaz09-_"), (at, char) => {
      const token = masked(secret);
      const changed = token.slice(0, at) + char + token.slice(at + 1);
      assert.is(unmasks(changed, secret), changed === token);
    }),
  );
});

test("what is no token holds for nothing, and is no error", () => {
  const secret = newSecret();
  const token = masked(secret);
  for (const text of [
    "",
    secret,
    `${token}A`,
    `${token}=`,
    token.slice(1),
    ` ${token}`,
    "é".repeat(64),
    "a".repeat(1e6),
  ]) {
    assert.is(unmasks(text, secret), false);
  }
  fc.assert(fc.property(fc.string(), (text) => !unmasks(text, secret)));
});

test.run();
