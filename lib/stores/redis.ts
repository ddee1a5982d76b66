/** Session records in Redis, each under one key; and an index of each subject's sessions under one more. */
import { checkNames, wrong } from "../errors.js";
import { jsonMap } from "../json.js";
import { randomBytes } from "../random.js";
import type { Keep, SessionEntry, SubjectStore } from "../types.js";
import { optimistic } from "./optimistic.js";
import { commandsOf, type RedisClient } from "./redis/client.js";
import { entriesOf } from "./redis/entries.js";
import { list, note, replace } from "./redis/scripts.js";
import { newText, recordOf, subjectOf } from "./redis/text.js";
import { checkSubject } from "./subject.js";
import { versionsOf } from "./versions.js";

export type RedisOptions = {
  /** What the keys begin with. Default "composure:session:". */
  readonly prefix?: string | undefined;
};

/** Three centuries, which Lua still writes as a whole number. */
const longest = 1e13;

const timeOf = ({ ttl }: Keep): number | undefined =>
  ttl === undefined ? undefined : Math.min(Math.max(1, Math.ceil(ttl * 1000)), longest);

const orNothing = (value: number | undefined): string => (value === undefined ? "" : String(value));

function checkOptions(options: RedisOptions): void {
  checkNames("redisStore", options, ["prefix"]);
  const { prefix = "" } = options;
  if (typeof prefix !== "string") throw wrong("redisStore", 'a string as "prefix"', prefix);
}

/** A name that no other writer has. */
const freshName = (): string => randomBytes(6).toString("base64url");

/** What the first gives once both are done; the first's failure counts more. */
async function first<T>(one: Promise<T>, other: Promise<unknown>): Promise<T> {
  const [done, noted] = await Promise.allSettled([one, other]);
  if (done.status === "rejected") throw done.reason;
  if (noted.status === "rejected") throw noted.reason;
  return done.value;
}

const unknown = (): Error =>
  new Error(
    "redisStore: whether a change was made cannot be known, as others have changed the session since; it is not made again",
  );

/**
 * A store that keeps sessions in Redis, 6.2 or later, on a client of the package `redis` (5 or 6, connected) or `ioredis`
 * (5 or 6): a single one, a pool, a cluster or with sentinels. It never closes the client.
 *
 * - `prefix`: what the keys begin with, "composure:session:"
 *
 * What the client fails with comes out as it is; `withSession` makes a 503 of it. `sessionsOf` and `deleteAllOf` know
 * the sessions of those who are named by the option `subject` of `withSession`.
 *
 * `withSession({ type: redisStore(new Redis()), expires: 600 })`
 *
 * @throws TypeError where the client is none, or an option is wrong.
 */
export function redisStore(client: RedisClient, options: RedisOptions = {}): Required<SubjectStore> {
  const redis = commandsOf(client);
  checkOptions(options);
  const { prefix = "composure:session:" } = options;
  const writer = freshName();
  let writes = 0;

  const keyOf = (id: string): string => prefix + id;
  // As JSON: subjects that differ only in lone surrogates would have the same key in UTF-8.
  const indexOf = (subject: string): string => `${prefix}of:${JSON.stringify(subject)}`;

  const noted = async (age: "new" | "old", id: string, keep: Keep): Promise<void> => {
    if (keep.subject === undefined) return;
    const label = keep.label === undefined ? "" : JSON.stringify(keep.label);
    await redis.run(note, indexOf(keep.subject), age, id, orNothing(timeOf(keep)), label);
  };

  const versions = versionsOf("redisStore");
  const { read, update } = optimistic({
    versions,
    async get(id) {
      const text = await redis.get(keyOf(id));
      return text === null ? null : recordOf(versions, keyOf(id), text);
    },
    async set(id, base, next, keep) {
      const key = keyOf(id);
      writes += 1;
      const write = [String(base), String(base + 1), writer, writes.toString(36)];
      const args = [...write, orNothing(timeOf(keep)), JSON.stringify(next)];
      const replaced = redis.run(replace, key, ...args);
      const answer =
        keep.subject === undefined ? await replaced : await first(replaced, noted("old", id, keep));
      if (!Array.isArray(answer)) return recordOf(versions, key, String(answer));
      const [outcome] = answer.map(String);
      if (outcome === "unknown") throw unknown();
      return outcome === "set" ? outcome : null;
    },
  });

  return {
    read,
    update,
    async create(id, record, keep) {
      const { subject } = keep;
      const key = keyOf(id);
      const version = randomBytes(4).readUInt32BE();
      const text = newText(version, subject, jsonMap("redisStore", record));
      await redis.set(key, text, timeOf(keep));
      try {
        // Now, and not before: deleteAllOf takes out what it finds in the index, and a record that came later would stay.
        await noted("new", id, keep);
      } catch (error) {
        // The entry may be there, where only the answer was lost.
        const index = indexOf(subject as string);
        await Promise.allSettled([redis.delete(key), redis.removeField(index, id)]);
        throw error;
      }
    },
    async delete(id) {
      const key = keyOf(id);
      // Each command may be sent again: GETDEL would tell whose session it was the first time only.
      const text = await redis.get(key);
      const subject = text === null ? undefined : subjectOf(key, text);
      if (text !== null) await redis.delete(key);
      if (subject !== undefined) await redis.removeField(indexOf(subject), id);
    },
    async touch(id, keep) {
      await Promise.all([redis.renew(keyOf(id), timeOf(keep)), noted("old", id, keep)]);
    },
    async sessionsOf(subject) {
      checkSubject("redisStore", subject);
      const index = indexOf(subject);
      const entries = entriesOf(await redis.run(list, index));
      // A record comes before its entry: one that is not there is gone for good, and its entry may go too.
      const living = async (entry: SessionEntry): Promise<SessionEntry[]> => {
        if (await redis.exists(keyOf(entry.id))) return [entry];
        await redis.removeField(index, entry.id);
        return [];
      };
      return (await Promise.all(entries.map(living))).flat();
    },
    async deleteAllOf(subject) {
      checkSubject("redisStore", subject);
      const index = indexOf(subject);
      const end = async ({ id }: SessionEntry): Promise<void> => {
        await redis.delete(keyOf(id));
        await redis.removeField(index, id);
      };
      // Again and again: a session on the move to a new id may have come into the index since.
      for (;;) {
        const entries = entriesOf(await redis.run(list, index));
        if (entries.length === 0) return;
        await Promise.all(entries.map(end));
      }
    },
  };
}
