/** Redis without memory: what it refuses, and what it throws away. */
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate, GET, POST, routes, sessionAssoc, withSession } from "../../../lib/index.js";
import { redisStore } from "../../../lib/redis.js";
import type { Request } from "../../../lib/types.js";
import { eventually } from "../../house/eventually.js";
import { failureOf, outcomeOf } from "../../house/outcome.js";
import { hasRedis, skipRedis, startRedis } from "../../house/redis.js";
import { clientNames, connects, nodeRedis } from "../../house/redis-clients.js";

const text = "0123456789abcdef".repeat(4_096);
const outOfMemory = /OOM|command not allowed when used memory > 'maxmemory'/;

const request = (method: string, cookie?: string): Request => ({
  method,
  uri: "/",
  headers: cookie === undefined ? {} : { cookie },
});

function specs(): void {
  for (const name of clientNames) {
    test(`${name}: a full Redis refuses writes, goes on reading, and writes nothing by halves`, async () => {
      const redis = await startRedis(["--maxmemory-policy", "noeviction"]);
      const [{ client, close }, raw] = [await connects[name](redis.port), await nodeRedis(redis.port)];
      try {
        const store = redisStore(client);
        await store.create("ada", { count: 1 }, { subject: "ada", ttl: 1000 });
        const before = await store.sessionsOf("ada");
        await raw.client.configSet("maxmemory", "1");
        const keys = await raw.client.dbSize();
        const updated = store.update("ada", () => ({ count: 2 }), { subject: "ada", ttl: 1000 });
        assert.match(await outcomeOf(updated), outOfMemory);
        assert.match(await outcomeOf(store.create("eve", { text }, { subject: "eve" })), outOfMemory);
        for (const work of [
          () => store.create("eve", { text }, {}),
          () => store.update("ada", () => ({ text }), {}),
        ]) {
          const error = await failureOf(work);
          assert.not.match(inspect(error, { depth: 9 }), /0123456789/, "whoever logs it logs the session");
        }
        assert.equal(await store.read("ada"), { count: 1 });
        assert.is(await store.read("eve"), null);
        assert.equal(await store.sessionsOf("ada"), before);
        assert.is(await raw.client.dbSize(), keys);
        const app = decorate(POST("/", sessionAssoc("a", text)), withSession({ type: store }));
        const error = await failureOf(() => app(request("POST")));
        assert.is(error.status, 503);
        assert.match(error.cause.message, outOfMemory);
        await store.deleteAllOf("ada");
        assert.is(await store.read("ada"), null);
        await raw.client.configSet("maxmemory", "0");
        await store.create("eve", { name: "Eve" }, { subject: "eve" });
        assert.equal(await store.read("eve"), { name: "Eve" });
      } finally {
        close();
        raw.close();
        await redis.stop();
      }
    });

    test(`${name}: a login whose index cannot be written leaves no record behind`, async () => {
      const redis = await startRedis();
      const [{ client, close }, raw] = [await connects[name](redis.port), await nodeRedis(redis.port)];
      try {
        const store = redisStore(client);
        await raw.client.set('composure:session:of:"ada"', "no index");
        assert.match(await outcomeOf(store.create("id", { name: "Ada" }, { subject: "ada" })), /WRONGTYPE/);
        assert.is(await store.read("id"), null);
        await store.create("id", { name: "Ada" }, {});
        const updated = store.update("id", () => ({ name: "Eve" }), { subject: "ada" });
        assert.match(await outcomeOf(updated), /WRONGTYPE/);
        assert.is(await store.update("id", (record) => record, {}), true);
      } finally {
        close();
        raw.close();
        await redis.stop();
      }
    });

    test(`${name}: a session that Redis has evicted is none, and a new one begins`, async () => {
      const redis = await startRedis(["--maxmemory-policy", "allkeys-lru"]);
      const [{ client, close }, raw] = [await connects[name](redis.port), await nodeRedis(redis.port)];
      try {
        const store = redisStore(client);
        const session = ({ session }: Request) => String(session?.name ?? "nobody");
        const app = decorate(
          routes(GET("/", session), POST("/", sessionAssoc("name", "Ada"))),
          withSession({
            type: store,
            subject: ({ name }) => (name === undefined ? undefined : String(name)),
          }),
        );
        const { headers } = (await app(request("POST")))!;
        const cookie = String(headers["set-cookie"]).split(";")[0]!;
        assert.is((await app(request("GET", cookie)))?.body, "Ada");
        await raw.client.configSet("maxmemory", "1");
        await eventually(async () => (await raw.client.dbSize()) === 0);
        await raw.client.configSet("maxmemory", "0");
        assert.is((await app(request("GET", cookie)))?.body, "nobody");
        assert.equal(await store.sessionsOf("Ada"), []);
        const again = (await app(request("POST", cookie)))!;
        assert.not.match(String(again.headers["set-cookie"]), cookie);
      } finally {
        close();
        raw.close();
        await redis.stop();
      }
    });
  }
}

if (hasRedis) specs();
else skipRedis("a full Redis");

test.run();
