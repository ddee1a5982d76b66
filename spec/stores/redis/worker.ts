/** A process of its own that works on one session as it is told: `node worker.js CLIENT PORT`. */
import { redisStore } from "../../../lib/redis.js";
import { increment, times } from "../../house/counting.js";
import { workAs } from "../../house/forked.js";
import { type ClientName, connects } from "../../house/redis-clients.js";

const [name, port] = process.argv.slice(2) as [ClientName, string];
const { client } = await connects[name](Number(port));
const store = redisStore(client);

workAs({
  /** One after the other, as requests do: each reads first. */
  async count(id) {
    for (let left = 200; left > 0; left--)
      await store.update(id, increment, { held: (await store.read(id))! });
  },
  /** Signs the session until it is gone, and says whether it came back after that. */
  async sign(id) {
    const sign = () => store.update(id, (record) => ({ ...record, [name]: true }), { subject: "ada" });
    while (await sign());
    const late = await Promise.all(times(100, sign));
    return late.includes(true) || (await store.read(id)) !== null;
  },
});
