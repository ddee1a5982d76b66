/** Keeps book and sessions in a Redis: processes that share their visitors must share both. */
import { redisStore } from "composure/redis";
import { createClient } from "redis";
import { capacity } from "./guestbook.js";

const key = "guestbook";

/** The book as a list: each entry is one push, so two that sign at the same time are both in it. */
const bookIn = (client) => ({
  read: async () => (await client.lRange(key, 0, -1)).map((entry) => JSON.parse(entry)),
  sign: (entry) =>
    client
      .multi()
      .lPush(key, JSON.stringify(entry))
      .lTrim(key, 0, capacity - 1)
      .exec(),
});

/** Tells why the connection is lost, and not how each try fails until it is back. */
function tellOnce(client) {
  let isTold = false;
  client.on("ready", () => {
    isTold = false;
  });
  client.on("error", ({ message }) => {
    if (!isTold) console.error(`redis: ${message}`);
    isTold = true;
  });
}

export async function keep(url) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2_000, reconnectStrategy: (tries) => Math.min(50 * tries, 500) },
  });
  tellOnce(client);
  await client.connect();
  return { book: bookIn(client), sessions: redisStore(client) };
}
