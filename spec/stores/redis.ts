import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RedisClient, redisStore } from "../../lib/redis.js";
import { storeContract } from "../../lib/testing/contract.js";
import { increment, times } from "../house/counting.js";
import { failureOf } from "../house/outcome.js";
import { hasRedis, skipRedis } from "../house/redis.js";
import { type ClientName, clientNames, connects, redisOf } from "../house/redis-clients.js";

const ada = { name: "Ada" };

/** The whole time that a key has, give or take a second that the spec may have been held up. */
const assertTime = (left: number, whole: number): void =>
  assert.ok(whole - 1_000 < left && left <= whole, `expected about ${whole} ms, got ${left}`);

function specs(): void {
  const redis = redisOf(test);
  const storeOf = async (name: ClientName, options = {}) => redisStore(await redis.connect(name), options);

  const clients: { [name: string]: RedisClient } = {};
  test.before(async () => {
    for (const name of clientNames) clients[name] = await redis.connect(name);
  });

  /** The clock of the server cannot be moved; but the times that keys have left can. */
  const later = async (seconds: number): Promise<void> => {
    for (const key of await redis.raw.keys("*")) {
      const left = await redis.raw.pTTL(key);
      if (left >= 0) await redis.raw.pExpire(key, left - seconds * 1000);
    }
  };

  for (const name of clientNames) {
    const makeStore = () => redisStore(clients[name]!);
    for (const { name: law, check } of storeContract(makeStore, { shared: true, later }))
      test(`${name}: ${law}`, check);

    test(`${name}: a record is kept under one key, its time with the server to the millisecond`, async () => {
      const store = await storeOf(name);
      await store.create("timed", ada, { ttl: 100.0005 });
      assertTime(await redis.raw.pTTL("composure:session:timed"), 100_001);
      await store.update("timed", (record) => record, { ttl: 50 });
      assertTime(await redis.raw.pTTL("composure:session:timed"), 50_000);
      await store.touch("timed", { ttl: 200 });
      assertTime(await redis.raw.pTTL("composure:session:timed"), 200_000);
      for (const keep of [
        () => store.touch("timed", {}),
        () => store.update("timed", (record) => record, {}),
      ]) {
        await keep();
        assert.is(await redis.raw.pTTL("composure:session:timed"), -1);
        await store.touch("timed", { ttl: 1 });
      }
    });

    test(`${name}: a time below a millisecond is one, and one of ages is as long as Redis can count`, async () => {
      const store = await storeOf(name);
      await store.create("ages", ada, { ttl: 1e300, subject: "ages" });
      assert.equal(await store.read("ages"), ada);
      assert.equal((await store.sessionsOf("ages")).length, 1);
      await store.update("ages", (record) => record, { ttl: 1e-9, subject: "ages" });
      await wait(10);
      assert.is(await store.read("ages"), null);
    });

    test(`${name}: stores of different prefixes are apart`, async () => {
      const [one, other] = [await storeOf(name, { prefix: "one:" }), await storeOf(name, { prefix: "" })];
      await redis.raw.flushAll();
      await one.create("id", ada, { subject: "ada" });
      assert.is(await other.read("id"), null);
      assert.equal(await other.sessionsOf("ada"), []);
      await other.create("id", { name: "Eve" }, { subject: "ada" });
      await one.deleteAllOf("ada");
      assert.is(await one.read("id"), null);
      assert.equal(await other.read("id"), { name: "Eve" });
    });

    test(`${name}: a record of a mebibyte is read and changed`, async () => {
      const store = await storeOf(name);
      const text = "0123456789abcdef".repeat(65_536);
      await store.create("large", { text }, {});
      assert.is(await store.update("large", (record) => ({ ...record, seen: true }), {}), true);
      assert.equal(await store.read("large"), { text, seen: true });
    });

    test(`${name}: scripts that the server has forgotten are told again`, async () => {
      const store = await storeOf(name);
      await store.create("flushed", { count: 0 }, { subject: "flushed" });
      for (let count = 1; count <= 3; count++) {
        await redis.raw.scriptFlush();
        await store.update("flushed", () => ({ count }), { subject: "flushed" });
        await redis.raw.scriptFlush();
        assert.is((await store.sessionsOf("flushed")).length, 1);
        assert.equal(await store.read("flushed"), { count });
      }
    });

    test(`${name}: what is not ours under a key is an error that says so and shows nothing of it`, async () => {
      const store = await storeOf(name);
      const message =
        'redisStore: expected a session under the key "composure:session:foreign", got other text. Give the store a prefix of its own';
      const calls = [() => store.read("foreign"), () => store.update("foreign", () => ada, {})];
      for (const text of [
        "",
        "secret",
        "1\n",
        '1\n\n{"a":',
        "1\n\n[]",
        "1\n\nnull",
        '{"a":1}',
        '\n\n{"a":1}',
      ]) {
        for (const call of calls) {
          await redis.raw.set("composure:session:foreign", text);
          assert.is((await failureOf(call)).message, message, text);
          assert.is(await redis.raw.get("composure:session:foreign"), text);
        }
      }
      await assertRejects(() => store.delete("foreign"), /got other text/);
      assert.is(await redis.raw.getDel("composure:session:foreign"), '\n\n{"a":1}');
      await redis.raw.hSet("composure:session:foreign", "a", "b");
      for (const call of calls) await assertRejects(call, /WRONGTYPE/);
      await redis.raw.del("composure:session:foreign");
    });

    test(`${name}: what comes in place of a record while it changes is no session either`, async () => {
      const store = await storeOf(name);
      await store.create("swapped", ada, {});
      const held = (await store.read("swapped"))!;
      await redis.raw.set("composure:session:swapped", "other");
      await assertRejects(() => store.update("swapped", () => ada, { held }), /got other text/);
    });

    test(`${name}: a closed client fails each call, and nothing is left to fail later`, async () => {
      const { client, close } = await connects[name](redis.port);
      const store = redisStore(client);
      await store.create("closed", ada, { subject: "closed" });
      close();
      await wait(20);
      const keep = { subject: "closed" };
      for (const call of [
        () => store.read("closed"),
        () => store.create("closed", ada, keep),
        () => store.update("closed", () => ada, keep),
        () => store.touch("closed", keep),
        () => store.delete("closed"),
        () => store.sessionsOf("closed"),
        () => store.deleteAllOf("closed"),
      ])
        await assertRejects(call, /closed/i);
    });
  }

  for (const name of clientNames) {
    test(`${name}: what a script answers is not taken from a foreign text`, async () => {
      const store = await storeOf(name);
      for (const text of ["set", "gone", "unknown", "1"]) {
        await store.create("worded", ada, {});
        const held = (await store.read("worded"))!;
        await redis.raw.set("composure:session:worded", text);
        await assertRejects(() => store.update("worded", () => ada, { held }), /got other text/);
        assert.is(await redis.raw.get("composure:session:worded"), text);
      }
    });

    test(`${name}: an error about a foreign text shows nothing of it, however deep one looks`, async () => {
      const store = await storeOf(name);
      for (const text of ['1\n\n{"a":secret}', "1\nsecret\n{}", "secret"]) {
        await redis.raw.set("composure:session:hidden", text);
        for (const call of [() => store.read("hidden"), () => store.delete("hidden")]) {
          const error = await Promise.resolve(call()).catch((error: unknown) => error);
          assert.not.match(inspect(error, { depth: 9, showHidden: true }), "secret");
        }
      }
    });
  }

  test("both clients read and change each other's records", async () => {
    const [one, other] = [await storeOf("node-redis"), await storeOf("ioredis")];
    await one.create("shared", { count: 0 }, { subject: "shared" });
    const all = times(200, (index) =>
      (index % 2 === 0 ? one : other).update("shared", increment, { subject: "shared" }),
    );
    assert.equal(new Set(await Promise.all(all)), new Set([true]));
    assert.equal(await other.read("shared"), { count: 200 });
  });
}

async function assertRejects(call: () => unknown, expected: RegExp): Promise<void> {
  assert.match((await failureOf(call)).message, expected);
}

const notAClient =
  /^redisStore: expected a client of redis or ioredis, got .* Pass createClient\({ url }\) of redis, connected, or new Redis\(url\) of ioredis$/;

test("what is no client is refused, with what to pass", () => {
  for (const client of [undefined, null, "redis://localhost", {}, { get() {}, set() {} }, () => {}]) {
    assert.throws(() => redisStore(client as never), notAClient);
  }
});

test("a wrong option is refused", () => {
  const client = { evalSha() {} } as never;
  assert.throws(
    () => redisStore(client, { prefix: 1 as never }),
    /redisStore: expected a string as "prefix", got 1/,
  );
  assert.throws(
    () => redisStore(client, { ttl: 1 } as never),
    /redisStore: expected options among prefix, got "ttl"/,
  );
});

test("a client that promises nothing, as those for callbacks do, is told at the first call", async () => {
  const store = redisStore({ evalSha() {}, get() {} } as never);
  await assertRejects(
    () => store.read("id"),
    /^redisStore: expected the client to promise text or null, got undefined$/,
  );
});

if (hasRedis) specs();
else skipRedis("sessions in Redis");

test.run();
