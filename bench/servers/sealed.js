/** Sessions in the cookie by hand: AES-256-CBC, authenticated by HMAC-SHA-512. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { secret } from "./content.js";

const key = (use) => createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", use, 32)));
const encryption = key("encryption");
const authentication = key("authentication");
const [ivLength, tagLength] = [16, 32];

const tagOf = (bytes) => createHmac("sha512", authentication).update(bytes).digest().subarray(0, tagLength);

export function seal(session) {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv("aes-256-cbc", encryption, iv);
  const bytes = Buffer.concat([iv, cipher.update(JSON.stringify(session)), cipher.final()]);
  return Buffer.concat([bytes, tagOf(bytes)]).toString("base64url");
}

/** The session in a cookie, or undefined for anything that `seal` did not make. */
export function unseal(token) {
  const sealed = Buffer.from(token, "base64url");
  if (sealed.length <= ivLength + tagLength) return undefined;
  const bytes = sealed.subarray(0, -tagLength);
  if (!timingSafeEqual(tagOf(bytes), sealed.subarray(-tagLength))) return undefined;
  const decipher = createDecipheriv("aes-256-cbc", encryption, bytes.subarray(0, ivLength));
  return JSON.parse(decipher.update(bytes.subarray(ivLength), undefined, "utf8") + decipher.final("utf8"));
}
