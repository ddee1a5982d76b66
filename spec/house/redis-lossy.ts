/** A Redis whose connections are lost at the worst moment, for a file of specs. */
import { redisStore } from "../../lib/redis.js";
import type { SubjectStore } from "../../lib/types.js";
import type { Hooks } from "./opening.js";
import { type Fault, startProxy } from "./proxy.js";
import { ioRedis, nodeRedis, redisOf } from "./redis-clients.js";

/** The command that replaces a record. */
export const replacing = /\$7\r\nevalsha\r\n/i;
export const hows = ["lose", "swallow", "half"] as const;

/** What becomes of a command whose connection is lost is the client's to say. */
const connects = {
  "node-redis": nodeRedis,
  ioredis: (port: number) => ioRedis(port),
  "ioredis that sends nothing again": (port: number) =>
    // Without a time it would leave what was under way without an answer for ever.
    ioRedis(port, { autoResendUnfulfilledCommands: false, commandTimeout: 300 }),
};
export type LossyName = keyof typeof connects;
export const lossyNames = Object.keys(connects) as readonly LossyName[];

export type Lossy = {
  readonly store: Required<SubjectStore>;
  /** Has something go wrong with its connection, and with no other. */
  readonly fail: (fault: Fault) => Promise<void>;
};

/** `const redis = lossyRedis(test)` */
export function lossyRedis(test: Hooks) {
  const redis = redisOf(test);
  /** Another process, as Redis sees it, with an undisturbed connection. */
  const other = () => redisStore(redis.raw);
  let ids = 0;
  return {
    redis,
    other,
    /** A store through a proxy of its own. */
    async through(name: LossyName): Promise<Lossy> {
      const proxy = await startProxy(redis.port);
      redis.closes(proxy.close);
      const { client, close } = await connects[name](proxy.port);
      redis.closes(close);
      return { store: redisStore(client), fail: proxy.fail };
    },
    /** The id of a new record that counts from 0. */
    async counter(subject?: string): Promise<string> {
      const id = `counter${ids++}`;
      await other().create(id, { count: 0 }, subject === undefined ? {} : { subject });
      return id;
    },
    countOf: async (id: string): Promise<unknown> => (await other().read(id))?.count,
    /** How many keys are left of a session and the index of its subject. */
    keysOf(id: string, subject: string): Promise<number> {
      const names = [id, `of:${JSON.stringify(subject)}`];
      return redis.raw.exists(names.map((name) => `composure:session:${name}`));
    },
  };
}
