/**
 * Secrets as a page may show them: each time in another disguise, lest whoever can make the page repeat a guess finds
 * the secret by the size of what is compressed (BREACH, https://breachattack.com). Rails and Django do the same.
 */
import { timingSafeEqual } from "node:crypto";
import { randomBytes } from "../random.js";

/** Bytes of a secret: 192 random bits. */
const size = 24;

export const newSecret = (): string => randomBytes(size).toString("base64url");

const mixed = (pad: Uint8Array, bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => byte ^ (pad[i] as number));

/** Whether it is a secret as made here. */
export const isSecret = (value: unknown): value is string =>
  typeof value === "string" && /^[\w-]{32}$/.test(value);

/** A token for a secret: a fresh pad, and the secret under it. */
export function masked(secret: string): string {
  const pad = randomBytes(size);
  return Buffer.concat([pad, mixed(pad, Buffer.from(secret, "base64url"))]).toString("base64url");
}

/** Whether a token was made for this secret; how long that takes tells nothing about the secret. */
export function unmasks(token: string, secret: string): boolean {
  if (!/^[\w-]{64}$/.test(token)) return false;
  const bytes = Buffer.from(token, "base64url");
  const under = mixed(bytes.subarray(0, size), bytes.subarray(size));
  return timingSafeEqual(under, Buffer.from(secret, "base64url"));
}
