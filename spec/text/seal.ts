/** Sealed text opens with its key, in any JOSE library, and with nothing else. */
import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { CompactEncrypt, compactDecrypt } from "jose";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sealer } from "../../lib/text/seal.js";

const info = "composure session A256CBC-HS512 composure-session";
const secret = "correct horse battery staple, twice over";
const other = randomBytes(32);

/** The key as the documentation describes it, for anybody with a JOSE library. */
const keyOf = (of: string | Uint8Array) => new Uint8Array(hkdfSync("sha256", of, "", info, 64));
const kidOf = (key: Uint8Array): string => createHash("sha256").update(key).digest("base64url").slice(0, 8);
const headerOf = (key: Uint8Array) => ({ alg: "dir", enc: "A256CBC-HS512", kid: kidOf(key) });
const encrypt = (text: string, key: Uint8Array, header: object = headerOf(key)): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader(header as { alg: string; enc: string })
    .encrypt(key);

const { seal, unseal } = sealer([secret], info);

test("what is sealed is unsealed, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => unseal(seal(text)) === text));
});

test("the token is a compact JWE under a header of three names, and sealed anew each time", () => {
  const token = seal("tea");
  assert.match(token, /^[\w-]+\.\.[\w-]{22}\.[\w-]{22}\.[\w-]{43}$/);
  const header = Buffer.from(token.split(".")[0]!, "base64url").toString();
  assert.is(header, `{"alg":"dir","enc":"A256CBC-HS512","kid":"${kidOf(keyOf(secret))}"}`);
  assert.is.not(seal("tea"), token);
});

test("jose opens what we seal", async () => {
  const { plaintext, protectedHeader } = await compactDecrypt(seal('{"name":"Åda"}'), keyOf(secret));
  assert.is(new TextDecoder().decode(plaintext), '{"name":"Åda"}');
  assert.equal({ ...protectedHeader }, headerOf(keyOf(secret)));
});

test("we open what jose seals", async () => {
  for (const text of ["", "tea", "é".repeat(3000)])
    assert.is(unseal(await encrypt(text, keyOf(secret))), text);
});

test("a token with any single character changed is refused", () => {
  const token = seal("the quick brown fox");
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
  for (let at = 0; at < token.length; at += 1) {
    for (const char of alphabet) {
      const changed = token.slice(0, at) + char + token.slice(at + 1);
      if (changed !== token) assert.is(unseal(changed), null, changed);
    }
  }
});

test("a token with something added or left out is refused", () => {
  const token = seal("the quick brown fox");
  const parts = token.split(".");
  for (let at = 0; at < token.length; at += 1)
    assert.is(unseal(token.slice(0, at) + token.slice(at + 1)), null);
  for (const added of [" ", "=", ".", "A", "\n", "\0"]) {
    assert.is(unseal(token + added), null);
    assert.is(unseal(added + token), null);
    parts.forEach((part, at) => {
      assert.is(unseal(parts.with(at, part + added).join(".")), null);
    });
  }
});

test("parts of two tokens do not make a third", () => {
  const [one, two] = [seal("one"), seal("two")].map((token) => token.split("."));
  for (const at of [2, 3, 4]) assert.is(unseal(one!.with(at, two![at]!).join(".")), null);
});

test("garbage is refused and never an error", () => {
  const header = seal("").split(".")[0]!;
  const part = fc.oneof(fc.base64String(), fc.string(), fc.constantFrom("", header, "__proto__"));
  const parts = fc.array(part, { maxLength: 7 }).map((texts) => texts.join("."));
  const sized = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40)).map((lengths) => {
    const texts = lengths.map((length) => randomBytes(length).toString("base64url"));
    return `${header}..${texts.join(".")}`;
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), parts, sized), (token) => unseal(token) === null),
    { numRuns: 2000 },
  );
});

test("another header is refused, even from somebody who holds the key", async () => {
  const key = keyOf(secret);
  const kid = kidOf(key);
  for (const header of [
    { alg: "dir", enc: "A256CBC-HS512" },
    { alg: "dir", enc: "A256CBC-HS512", kid: "nobody" },
    { alg: "dir", enc: "A256CBC-HS512", kid, typ: "JWT" },
    { enc: "A256CBC-HS512", alg: "dir", kid },
  ]) {
    assert.is(unseal(await encrypt("tea", key, header)), null, JSON.stringify(header));
  }
});

/** A token whose tag is right, of bytes that are no ciphertext. */
function authentic(ciphertext: Uint8Array, iv = Buffer.alloc(16)): string {
  const key = keyOf(secret);
  const header = Buffer.from(JSON.stringify(headerOf(key))).toString("base64url");
  const bits = Buffer.alloc(8);
  bits.writeUInt32BE(header.length * 8, 4);
  const authenticated = Buffer.concat([Buffer.from(header), iv, ciphertext, bits]);
  const tag = createHmac("sha512", key.subarray(0, 32)).update(authenticated).digest().subarray(0, 32);
  return [header, "", ...[iv, ciphertext, tag].map((bytes) => Buffer.from(bytes).toString("base64url"))].join(
    ".",
  );
}

test("an authentic token that does not decrypt is refused", () => {
  const cipher = createCipheriv("aes-256-cbc", keyOf(secret).subarray(32), Buffer.alloc(16));
  assert.is(unseal(authentic(Buffer.concat([cipher.update("tea"), cipher.final()]))), "tea");
  const unpadded = createCipheriv("aes-256-cbc", keyOf(secret).subarray(32), Buffer.alloc(16));
  unpadded.setAutoPadding(false);
  assert.is(unseal(authentic(unpadded.update(Buffer.alloc(16)))), null);
  assert.is(unseal(authentic(Buffer.alloc(15))), null);
  assert.is(unseal(authentic(Buffer.alloc(0))), null);
  for (const length of [0, 15, 17])
    assert.is(unseal(authentic(Buffer.alloc(16), Buffer.alloc(length))), null);
});

test("keys are rotated: the newest seals, the older still open, those gone do not", () => {
  const before = sealer([secret], info);
  const during = sealer([other, secret], info);
  const after = sealer([other], info);
  const [old, renewed] = [before.seal("tea"), during.seal("tea")];
  assert.is(during.unseal(old), "tea");
  assert.is(after.unseal(renewed), "tea");
  assert.is(after.unseal(old), null);
  assert.is(before.unseal(renewed), null);
});

test("the same secret under another info opens nothing", () => {
  assert.is(sealer([secret], `${info}-2`).unseal(seal("tea")), null);
});

test("a secret may be text or its bytes", () => {
  assert.is(sealer([Buffer.from(secret)], info).unseal(seal("tea")), "tea");
  assert.is(sealer([new Uint8Array(other)], info).unseal(sealer([other], info).seal("tea")), "tea");
});

test("secrets are at least one, of at least 32 bytes each", () => {
  const message = (got: string): RegExp =>
    new RegExp(
      `^withSession: expected as "keys" one secret or more, each of at least 32 bytes, got ${got}\\. Make one with crypto\\.randomBytes\\(32\\)$`,
    );
  assert.throws(() => sealer([], info), message("none"));
  assert.throws(() => sealer([secret, "hunter2"], info), message("one of 7 bytes"));
  assert.throws(() => sealer([new Uint8Array(31)], info), message("one of 31 bytes"));
  assert.throws(() => sealer([undefined as unknown as string], info), message("one of type undefined"));
  assert.throws(() => sealer(secret as unknown as string[], info), message("none"));
  assert.type(sealer(["é".repeat(16)], info).seal, "function");
});

test.run();
