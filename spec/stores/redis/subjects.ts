/** The index of a subject's sessions, and signing all of them out while others come and go. */
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { redisStore } from "../../../lib/redis.js";
import type { SessionEntry, SubjectStore } from "../../../lib/types.js";
import { times } from "../../house/counting.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { type ClientName, clientNames, redisOf } from "../../house/redis-clients.js";

const ada = { name: "Ada" };
const idsOf = (entries: readonly SessionEntry[]): string[] => entries.map(({ id }) => id).sort();

function specs(): void {
  const redis = redisOf(test);
  let names = 0;
  const fresh = (what: string): string => `${what}${names++}`;

  const storeOf = async (name: ClientName): Promise<Required<SubjectStore>> =>
    redisStore(await redis.connect(name));

  /** Signs in: a new session of a subject; gives its id. */
  const signIn = async (store: SubjectStore, subject: string, label?: string): Promise<string> => {
    const id = fresh("session");
    await store.create(id, ada, label === undefined ? { subject } : { subject, label });
    return id;
  };

  /** Goes on under a new id as withSession does; null where the old one is gone by then. */
  const move = async (store: SubjectStore, id: string, subject: string): Promise<string | null> => {
    if (!(await store.update(id, () => ({ moved: true }), { subject }))) return null;
    const next = await signIn(store, subject);
    if (await store.update(id, (record) => record, { subject })) {
      await store.delete(id);
      return next;
    }
    await store.delete(next);
    return null;
  };

  const indexOf = (subject: string): string => `composure:session:of:${JSON.stringify(subject)}`;

  for (const name of clientNames) {
    test(`${name}: a session is listed with its times and label, the one seen last first`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const before = Date.now();
      const [one, other] = [await signIn(store, subject, "Firefox"), await signIn(store, subject)];
      await wait(20);
      await store.update(one, (record) => record, { subject, label: "Firefox on Linux" });
      const entries = await store.sessionsOf(subject);
      assert.equal(
        entries.map(({ id }) => id),
        [one, other],
      );
      assert.equal(
        entries.map(({ label }) => label),
        ["Firefox on Linux", undefined],
      );
      for (const { created, seen } of entries)
        assert.ok(before <= created && created <= seen && seen <= Date.now());
      assert.ok(entries[0]!.seen > entries[0]!.created);
      await wait(20);
      await store.touch(other, { subject });
      assert.equal(
        (await store.sessionsOf(subject)).map(({ id }) => id),
        [other, one],
      );
    });

    test(`${name}: a session without subject is in no index, and one that is deleted leaves nothing`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      await redis.raw.flushAll();
      const id = fresh("session");
      await store.create(id, ada, {});
      await store.update(id, (record) => record, {});
      assert.is(await redis.raw.dbSize(), 1);
      await store.delete(id);
      const [one, other] = [await signIn(store, subject), await signIn(store, subject)];
      assert.is(await redis.raw.dbSize(), 3);
      await store.delete(one);
      assert.equal(idsOf(await store.sessionsOf(subject)), [other]);
      await store.delete(other);
      assert.is(await redis.raw.dbSize(), 0);
      await Promise.all([signIn(store, subject), signIn(store, subject)]);
      await store.deleteAllOf(subject);
      assert.is(await redis.raw.dbSize(), 0);
    });

    test(`${name}: what was deleted does not come back into the index by an update or touch`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const id = await signIn(store, subject);
      await store.delete(id);
      assert.is(await store.update(id, (record) => record, { subject }), false);
      await store.touch(id, { subject });
      assert.equal(await store.sessionsOf(subject), []);
      assert.is(await redis.raw.exists(indexOf(subject)), 0);
    });

    test(`${name}: all sessions of a subject end, and nobody else's`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const ids = await Promise.all(times(50, () => signIn(store, subject)));
      const others = await signIn(store, `${subject}0`);
      assert.equal(idsOf(await store.sessionsOf(subject)), [...ids].sort());
      await store.deleteAllOf(subject);
      for (const id of ids) assert.is(await store.read(id), null);
      assert.equal(await store.sessionsOf(subject), []);
      assert.equal(idsOf(await store.sessionsOf(`${subject}0`)), [others]);
      await store.deleteAllOf(fresh("nobody"));
    });

    test(`${name}: evicted and expired sessions are not listed`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const [kept, evicted, short] = [
        await signIn(store, subject),
        await signIn(store, subject),
        fresh("session"),
      ];
      await store.create(short, ada, { subject, ttl: 0.02 });
      await redis.raw.del(`composure:session:${evicted}`);
      await wait(40);
      assert.equal(idsOf(await store.sessionsOf(subject)), [kept]);
      await store.deleteAllOf(subject);
      assert.is(await redis.raw.exists(indexOf(subject)), 0);
    });

    test(`${name}: an index lasts a minute longer than the session that lasts longest`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const left = () => redis.raw.pTTL(indexOf(subject));
      const assertLeft = async (seconds: number): Promise<void> => {
        const time = (await left()) / 1000;
        assert.ok(seconds - 2 < time && time <= seconds, `expected about ${seconds} seconds, got ${time}`);
      };
      const [one, other] = [fresh("session"), fresh("session")];
      await store.create(one, ada, { subject, ttl: 100 });
      await assertLeft(160);
      await store.create(other, ada, { subject, ttl: 1000 });
      await assertLeft(1060);
      await store.touch(other, { subject, ttl: 50 });
      await assertLeft(160);
      await store.update(one, (record) => record, { subject });
      assert.is(await left(), -1);
      await store.update(one, (record) => record, { subject, ttl: 10 });
      await assertLeft(110);
      // Of many only some are looked at each time: it lasts no shorter than it has to.
      await Promise.all(times(30, () => store.create(fresh("session"), ada, { subject, ttl: 100 })));
      await assertLeft(160);
      await store.touch(one, { subject, ttl: 500 });
      await assertLeft(560);
      await store.touch(one, { subject });
      assert.is(await left(), -1);
    });

    test(`${name}: entries whose time is over go, also of a subject with many`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const over = Object.fromEntries(times(500, (index) => [`over${index}`, "1 2 3 "]));
      await redis.raw.hSet(indexOf(subject), over);
      for (let turn = 0; turn < 60; turn++) await signIn(store, subject);
      const left = (await redis.raw.hKeys(indexOf(subject))).filter((id) => id.startsWith("over")).length;
      assert.ok(left < 25, `${left} are left`);
    });

    test(`${name}: subjects and labels are any text`, async () => {
      const store = await storeOf(name);
      const hostile = [
        "",
        " ",
        "\n",
        "\u0000",
        '"',
        "{a}",
        "*",
        "__proto__",
        "\ud800",
        "\udc00",
        "é",
        "e\u0301",
        "a b c",
        "1 2 3",
        "x".repeat(100_000),
      ];
      for (const subject of hostile) await signIn(store, subject, subject);
      for (const subject of hostile) {
        assert.equal(
          (await store.sessionsOf(subject)).map(({ label }) => label),
          [subject],
        );
      }
      for (const subject of hostile) await store.deleteAllOf(subject);
      const text = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string({ unit: fc.constantFrom("\n", "\r", '"', "\\", "\ud83d", "\ude00", " ") }),
      );
      const law = fc.asyncProperty(text, text, async (subject, label) => {
        const id = await signIn(store, subject, label);
        assert.equal(await store.read(id), ada);
        assert.equal(
          (await store.sessionsOf(subject)).map((entry) => [entry.id, entry.label]),
          [[id, label]],
        );
        await store.delete(id);
        assert.equal(await store.sessionsOf(subject), []);
      });
      await fc.assert(law, { numRuns: 100 });
    });

    test(`${name}: whatever the order, all sessions that were there end, and a login is whole or gone`, async () => {
      const [store, other, subject] = [await storeOf(name), await storeOf(name), fresh("subject")];
      for (let round = 0; round < 40; round++) {
        const there = await Promise.all([1, 2, 3].map(() => signIn(store, subject)));
        const moving = there.map(async (id, index) => {
          await wait(Math.random() * 3);
          return index === 0 ? null : move(other, id, subject);
        });
        const signingIn = times(3, async () => {
          await wait(Math.random() * 4);
          return signIn(store, subject);
        });
        await wait(Math.random() * 3);
        await store.deleteAllOf(subject);
        // What was there is gone at once, what was on the move once it has been asked.
        for (const id of there) assert.is(await store.read(id), null);
        const moved = (await Promise.all(moving)).filter((id) => id !== null);
        const alive: string[] = [];
        for (const id of [...moved, ...(await Promise.all(signingIn))]) {
          if ((await store.read(id)) !== null) alive.push(id);
        }
        for (const id of moved) assert.not(alive.includes(id), "a session has moved out of the way");
        assert.equal(idsOf(await store.sessionsOf(subject)), alive.sort());
        await store.deleteAllOf(subject);
        assert.is(await redis.raw.exists(indexOf(subject)), 0);
      }
    });

    test(`${name}: of a thousand sessions that come and go none is forgotten by the index`, async () => {
      const [store, subject] = [await storeOf(name), fresh("subject")];
      const ids = await Promise.all(times(1_000, () => signIn(store, subject)));
      await Promise.all(
        ids.map((id, index) => (index % 2 === 0 ? store.delete(id) : store.touch(id, { subject, ttl: 60 }))),
      );
      assert.is((await store.sessionsOf(subject)).length, 500);
      await store.deleteAllOf(subject);
      assert.equal(await store.sessionsOf(subject), []);
    });
  }
}

if (hasRedis) specs();
else skipRedis("whose sessions there are in Redis");

test.run();
