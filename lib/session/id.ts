/** The ids of sessions: a random one in the cookie, and its hash, which is all that a store sees. */
import { hash } from "node:crypto";
import { randomBytes } from "../random.js";
import { alone, recent } from "../recent.js";

/** An id carries 192 random bits. */
export const makeId = (): string => randomBytes(24).toString("base64url");
const id = /^[\w-]{32}$/;
export const isId = (cookie: string): boolean => id.test(cookie);

/** The hashes of ids seen lately: within a server one costs a tenth of a session that is read. */
const hashes = recent<string>(1000);

function freshlyHashed(id: string): string {
  const hashed = hash("sha256", id, "base64url");
  hashes.set(alone(id), hashed);
  return hashed;
}

/** A store sees only this, so that whoever reads its records cannot take over a session. */
export const hashed = (id: string): string => hashes.get(id) ?? freshlyHashed(id);
