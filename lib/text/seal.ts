/** Sealed text: encrypted and authenticated, as a compact JWE (RFC 7516) that any JOSE library opens. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import { randomBytes } from "../random.js";

export type Secret = string | Uint8Array;
export type Sealer = {
  /** The token of a well-formed text, under the newest secret. */
  readonly seal: (text: string) => string;
  /** The text of a token; null for anything that was not sealed under one of the secrets. */
  readonly unseal: (token: string) => string | null;
};

/** RFC 7518 section 5.2.2.1: the first half of a key authenticates, the second encrypts. */
type Key = {
  /** The only protected header that is written under this key, and accepted for it: what the tag authenticates. */
  readonly header: string;
  /** The length of the header in bits, as a 64-bit big-endian integer. */
  readonly headerBits: Uint8Array;
  readonly mac: KeyObject;
  readonly enc: KeyObject;
};

const leastBytes = 32;

/** Says what is wrong with a secret without showing any of it. */
const wrongSecret = (got: string): TypeError =>
  new TypeError(
    `withSession: expected as "keys" one secret or more, each of at least ${leastBytes} bytes, got ${got}. Make one with crypto.randomBytes(${leastBytes})`,
  );

function checkSecrets(secrets: readonly Secret[]): void {
  if (!Array.isArray(secrets) || secrets.length === 0) throw wrongSecret("none");
  for (const secret of secrets) {
    const fits = typeof secret === "string" || secret instanceof Uint8Array;
    if (!fits) throw wrongSecret(`one of type ${typeof secret}`);
    const length = Buffer.byteLength(secret);
    if (length < leastBytes) throw wrongSecret(`one of ${length} bytes`);
  }
}

function keyOf(secret: Secret, info: string): Key {
  const key = Buffer.from(hkdfSync("sha256", secret, "", info, 64));
  const kid = createHash("sha256").update(key).digest("base64url").slice(0, 8);
  const header = Buffer.from(`{"alg":"dir","enc":"A256CBC-HS512","kid":"${kid}"}`).toString("base64url");
  const headerBits = Buffer.alloc(8);
  headerBits.writeBigUInt64BE(BigInt(header.length * 8));
  const [mac, enc] = [createSecretKey(key.subarray(0, 32)), createSecretKey(key.subarray(32))];
  return { header, headerBits, mac, enc };
}

const tagOf = ({ header, headerBits, mac }: Key, iv: Uint8Array, ciphertext: Uint8Array): Buffer =>
  createHmac("sha512", mac)
    .update(header)
    .update(iv)
    .update(ciphertext)
    .update(headerBits)
    .digest()
    .subarray(0, 32);

function seal(key: Key, text: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key.enc, iv);
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const parts = [iv, ciphertext, tagOf(key, iv, ciphertext)].map((bytes) => bytes.toString("base64url"));
  return `${key.header}..${parts.join(".")}`;
}

/** The bytes of a base64url text; undefined unless it is the one text for these bytes. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

function decrypt(key: Key, iv: Uint8Array, ciphertext: Uint8Array): string | null {
  const decipher = createDecipheriv("aes-256-cbc", key.enc, iv);
  try {
    return decipher.update(ciphertext, undefined, "utf8") + decipher.final("utf8");
  } catch {
    // Authentic but badly padded: only somebody who holds the secret can have made it.
    return null;
  }
}

function unseal(keys: ReadonlyMap<string, Key>, token: string): string | null {
  const [header = "", encryptedKey, ivText = "", sealed = "", tagText = "", ...more] = token.split(".", 6);
  const key = keys.get(header);
  if (key === undefined || encryptedKey !== "" || more.length > 0) return null;
  const [iv, ciphertext, tag] = [bytesOf(ivText), bytesOf(sealed), bytesOf(tagText)];
  if (iv?.length !== 16 || tag?.length !== 32 || ciphertext === undefined) return null;
  return timingSafeEqual(tag, tagOf(key, iv, ciphertext)) ? decrypt(key, iv, ciphertext) : null;
}

/**
 * Seals text under the newest of the secrets (the first) and opens what any of them has sealed, at one attempt:
 * a token names its key. `info` separates uses of the same secret.
 *
 * `const { seal, unseal } = sealer([secret], "composure session A256CBC-HS512 sid")`
 *
 * Source: RFC 7516 section 7.1, RFC 7518 sections 4.5 ("dir") and 5.2 (A256CBC-HS512), RFC 5869 (HKDF).
 * @throws TypeError where there is no secret, or one of less than 32 bytes.
 */
export function sealer(secrets: readonly Secret[], info: string): Sealer {
  checkSecrets(secrets);
  const keys = secrets.map((secret) => keyOf(secret, info));
  const newest = keys[0]!;
  const byHeader = new Map(keys.map((key) => [key.header, key]));
  return { seal: (text) => seal(newest, text), unseal: (token) => unseal(byHeader, token) };
}
