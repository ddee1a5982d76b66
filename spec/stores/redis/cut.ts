/** Connections to Redis that are cut at the worst moment, whatever the client makes of it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { increment, takingTurns, times } from "../../house/counting.js";
import { outcomeOf } from "../../house/outcome.js";
import { hasRedis, skipRedis } from "../../house/redis.js";
import { hows, lossyNames, lossyRedis, replacing } from "../../house/redis-lossy.js";

function specs(): void {
  const { other, through, counter, countOf, keysOf } = lossyRedis(test);

  for (const name of lossyNames) {
    test(`${name}: a connection cut at a change: made once where it is said to be, else refused`, async () => {
      const cut = async (how: (typeof hows)[number]): Promise<void> => {
        const [{ store, fail }, id] = [await through(name), await counter()];
        // From now on the server knows the script: the answer that is lost is not that it does not.
        await store.update(id, (record) => record, {});
        const held = (await store.read(id))!;
        const struck = fail({ request: replacing, how });
        const outcome = await outcomeOf(store.update(id, increment, { held }));
        await struck;
        const count = await countOf(id);
        if (name === "ioredis") assert.equal([outcome, count], ["true", 1], how);
        else {
          assert.match(outcome, /Error: /, how);
          assert.is(count, how === "lose" ? 0 : 1, how);
        }
        assert.is(await store.update(id, increment, {}), true);
        assert.is(await countOf(id), Number(count) + 1);
      };
      await Promise.all(hows.map(cut));
    });

    test(`${name}: hundreds of changes while answers are lost: each that is said to be made is made once`, async () => {
      const change = async (how: (typeof hows)[number]): Promise<void> => {
        const [{ store, fail }, direct, id] = [await through(name), other(), await counter()];
        const { take, assertOnce, counts } = takingTurns(id);
        for (let round = 0; round < 2; round++) {
          const taken: Promise<boolean>[] = [];
          const meanwhile = async () => taken[taken.push(take(direct)) - 1];
          const struck = fail({ request: replacing, how, meanwhile });
          taken.push(...times(50, () => take(store)));
          await struck;
          await Promise.all(taken);
        }
        await assertOnce(direct);
        const { made, refused } = counts();
        assert.ok(
          made >= 2 && refused > 0 === (name !== "ioredis"),
          `${how}: ${made} made, ${refused} refused`,
        );
      };
      await Promise.all(hows.map(change));
    });

    test(`${name}: reads, touches and deletes come through a lost connection, or fail`, async () => {
      const ask = async (how: (typeof hows)[number]): Promise<void> => {
        const [{ store, fail }, id] = [await through(name), await counter("ada")];
        const asked = [
          [/\r\nget\r\n/i, () => store.read(id)],
          [/\r\npexpire\r\n/i, () => store.touch(id, { ttl: 10, subject: "ada" })],
          [/\r\ndel\r\n/i, () => store.delete(id)],
        ] as const;
        for (const [request, ask] of asked) {
          const struck = fail({ request, how });
          const outcome = await outcomeOf(ask());
          await struck;
          if (name === "ioredis") assert.not.match(outcome, /Error/, how);
          else assert.match(outcome, /Error/, how);
        }
        assert.is(await countOf(id), how === "lose" && name !== "ioredis" ? 0 : undefined, how);
      };
      await Promise.all(hows.map(ask));
    });
  }

  test("a login that fails as the answer of its index is lost leaves nothing behind", async () => {
    const { store, fail } = await through("node-redis");
    await store.create("told", {}, { subject: "told" });
    const struck = fail({ request: /\r\nevalsha\r\n/i, how: "swallow" });
    assert.match(await outcomeOf(store.create("failed", {}, { subject: "eve" })), /Error: /);
    await struck;
    assert.is(await keysOf("failed", "eve"), 0);
  });

  test("an entry that a lost connection has left is gone once the sessions are listed", async () => {
    const [{ store, fail }, id] = [await through("node-redis"), await counter("eve")];
    const struck = fail({ request: /\r\ndel\r\n/i, how: "swallow" });
    assert.match(await outcomeOf(store.delete(id)), /Error: /);
    await struck;
    assert.equal(await store.sessionsOf("eve"), []);
    assert.is(await keysOf(id, "eve"), 0);
  });
}

if (hasRedis) specs();
else skipRedis("lost connections to Redis");

test.run();
