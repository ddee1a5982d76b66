/** A process of its own that works on one session: `node worker.js CLIENT PORT ID WORK TIMES`; prints what came out. */
import { decorate, GET, withSession } from "../../../lib/index.js";
import { redisStore } from "../../../lib/redis.js";
import type { SessionRecord } from "../../../lib/types.js";
import { connects } from "../../house/redis-clients.js";

const [name, port, id, work, count] = process.argv.slice(2) as [
  keyof typeof connects,
  string,
  string,
  string,
  string,
];
const { client, close } = await connects[name](Number(port));
const store = redisStore(client);
const times = Array.from({ length: Number(count) }, (_, index) => index);

const increment = (record: SessionRecord): SessionRecord => ({ ...record, count: Number(record.count) + 1 });

const works: { readonly [work: string]: () => Promise<unknown> } = {
  /** All at once. */
  increment: () => Promise.all(times.map(() => store.update(id, increment, { subject: "ada" }))),
  /** One after the other, as requests do: each reads first. */
  request: async () => {
    for (const _ of times) await store.update(id, increment, { held: (await store.read(id))! });
  },
  /** Changes until the session is gone, and says whether it came back after that. */
  until: async () => {
    while (await store.update(id, increment, { subject: "ada" }));
    const later = await Promise.all(times.map(() => store.update(id, increment, { subject: "ada" })));
    return { back: later.includes(true) || (await store.read(id)) !== null };
  },
  /** Requests of one browser, all at once: how many of them saw the flash? */
  flash: async () => {
    const app = decorate(
      GET("/", ({ flash }) => String(flash.notice ?? "")),
      withSession({ type: store }),
    );
    const asked = times.map(() =>
      app({ method: "GET", uri: "/", headers: { cookie: `composure-session=${id}` } }),
    );
    return (await Promise.all(asked)).filter((response) => response?.body === "Saved").length;
  },
};

console.log(JSON.stringify((await works[work]!()) ?? null));
close();
