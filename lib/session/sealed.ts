/** Sessions kept in the browser: the record itself, sealed, is the value of the cookie. */
import { then } from "../decorate.js";
import { jsonMap } from "../json.js";
import { alone, recent } from "../recent.js";
import { type Secret, sealer } from "../text/seal.js";
import type { Awaitable, JsonMap } from "../types.js";
import {
  type Found,
  isDue,
  isKept,
  type Keeper,
  type Kept,
  type Lasting,
  type Outcome,
  outlived,
  unflashed,
} from "./keeper.js";

export type SealedOptions = Lasting & {
  readonly keys: readonly Secret[];
  /** The name of the cookie: it is part of the key, so that no cookie passes for another. */
  readonly name: string;
  /** The most characters that the value may have. */
  readonly room: number;
  /** Whether a session was revoked since it was sealed; undefined where none ever is. */
  readonly isRevoked?: ((kept: Kept) => Awaitable<boolean>) | undefined;
};

const parsed = (text: string): JsonMap | null => {
  try {
    return jsonMap("session", JSON.parse(text));
  } catch {
    // Authentic, but not of our making: somebody else holds the secret.
    return null;
  }
};

const isIdle = ({ renewed }: Kept, { expires }: Lasting): boolean =>
  expires !== undefined && Date.now() >= renewed + expires * 1000;

const sizeOf = (value: unknown): number => JSON.stringify(value).length;

/** The key of a session that takes the most room. */
const largest = ({ session, flash = {} }: Kept): string =>
  Object.entries({ ...session, ...flash }).reduce(
    (most, [key, value]) => (sizeOf(value) > most.size ? { key, size: sizeOf(value) } : most),
    { key: "", size: 0 },
  ).key;

/**
 * How many cookies are remembered, at least, with what was sealed in them: opening one costs 15 µs. A record is
 * frozen, and whoever sends the same text sends what these keys have sealed; its times are checked at each use.
 */
const most = 1000;

/** The keeper of sessions in the cookie. */
export function sealedSessions({
  keys,
  name,
  room,
  isRevoked = () => false,
  ...lasting
}: SealedOptions): Keeper {
  const { seal, unseal } = sealer(keys, `composure session A256CBC-HS512 ${name}`);
  const opened = recent<Kept>(most);

  const sealed = (given: Kept): { cookie: string } => {
    const kept = jsonMap("session", given) as Kept;
    const cookie = seal(JSON.stringify(kept));
    if (cookie.length > room) {
      const [bytes, most] = [cookie.length - room + 4096, JSON.stringify(largest(kept))];
      throw new RangeError(
        `withSession: expected a session cookie of at most 4096 bytes, got ${bytes}. The largest key is ${most}: keep less, or use a store`,
      );
    }
    opened.set(cookie, kept);
    return { cookie };
  };

  const open = (cookie: string): Kept | null => {
    const text = unseal(cookie);
    const kept = text === null ? null : parsed(text);
    if (!isKept(kept)) return null;
    opened.set(alone(cookie), kept);
    return kept;
  };

  const unsealed = (cookie: string): Kept | null => {
    const kept = opened.get(cookie) ?? open(cookie);
    return kept === null || isIdle(kept, lasting) || outlived(kept, lasting) ? null : kept;
  };

  /**
   * Seals what a session becomes, unless it was revoked. The new time was taken before this is asked: so a session that
   * is revoked after the answer is older than that under its new cookie too.
   */
  const resealed = (old: Kept, next: Kept): Awaitable<Outcome> =>
    then(isRevoked(old), (isOver): Outcome => (isOver ? "refused" : sealed(next)));

  return {
    find(cookie) {
      const kept = unsealed(cookie);
      if (kept === null) return null;
      const found: Found = { cookie, id: "", kept, flash: kept.flash ?? {} };
      return then(isRevoked(kept), (isOver) => (isOver ? null : found));
    },
    begin: sealed,
    change: ({ kept }, plan) => resealed(kept, plan(unflashed(kept)).next),
    end() {},
    renew: ({ kept }) =>
      kept.flash !== undefined || isDue(kept, lasting)
        ? resealed(kept, { ...unflashed(kept), renewed: Date.now() })
        : null,
    stands: () => true,
  };
}
