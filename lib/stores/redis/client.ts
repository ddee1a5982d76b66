/**
 * The clients of Redis that users have, as one: node-redis (package `redis`) and ioredis. Only commands of one key are
 * here, so that a cluster can serve them all. What the clients fail with comes out as it is.
 */
import { show, wrong } from "../../errors.js";
import type { Script } from "./scripts.js";

type Answer = PromiseLike<unknown>;
type NodeEval = (code: string, call: { readonly keys: string[]; readonly arguments: string[] }) => Answer;
type IOEval = (code: string, keys: number, ...keysAndArguments: string[]) => Answer;

/** What is used of a client, pool, cluster or sentinel of node-redis. */
export type NodeRedis = {
  get(key: string): Answer;
  set(key: string, value: string): Answer;
  pSetEx(key: string, milliseconds: number, value: string): Answer;
  pExpire(key: string, milliseconds: number): Answer;
  persist(key: string): Answer;
  del(key: string): Answer;
  exists(key: string): Answer;
  hDel(key: string, field: string): Answer;
  evalSha: NodeEval;
  eval: NodeEval;
  readonly isReady?: boolean;
  withCommandOptions?(options: { readonly timeout: number }): NodeRedis;
};

/** What is used of a client or cluster of ioredis. */
export type IORedis = {
  get(key: string): Answer;
  set(key: string, value: string): Answer;
  psetex(key: string, milliseconds: number, value: string): Answer;
  pexpire(key: string, milliseconds: number): Answer;
  persist(key: string): Answer;
  del(key: string): Answer;
  exists(key: string): Answer;
  hdel(key: string, field: string): Answer;
  evalsha: IOEval;
  eval: IOEval;
};

export type RedisClient = NodeRedis | IORedis;

/** Each command that the store sends. A time in milliseconds is how long the key is kept; undefined: for good. */
export type Commands = {
  readonly get: (key: string) => Promise<string | null>;
  readonly set: (key: string, value: string, time: number | undefined) => Answer;
  readonly renew: (key: string, time: number | undefined) => Answer;
  readonly delete: (key: string) => Answer;
  readonly exists: (key: string) => Promise<boolean>;
  readonly removeField: (key: string, field: string) => Answer;
  /** Runs a script on one key. */
  readonly run: (script: Script, key: string, ...args: string[]) => Promise<unknown>;
};

const isNodeRedis = (client: object): client is NodeRedis =>
  typeof Reflect.get(client, "evalSha") === "function";
const isIORedis = (client: object): client is IORedis => typeof Reflect.get(client, "evalsha") === "function";

/** Text, also of a client that was told to give bytes. */
async function textOf(answer: Answer): Promise<string | null> {
  const text = await answer;
  if (text === null || typeof text === "string") return text;
  if (text instanceof Uint8Array) return Buffer.from(text).toString();
  throw new TypeError(`redisStore: expected the client to promise text or null, got ${show(text)}`);
}

/** Without what the command was given, which ioredis notes on its errors: whoever logs one would log the session. */
async function discreet(answer: Answer): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    const { command } = Object(error) as { readonly command?: { args?: unknown } };
    if (command !== undefined) delete command.args;
    throw error;
  }
}

type Run = (...call: Parameters<Commands["run"]>) => Answer;

/** Runs a script by its hash, which is all that Redis needs to be told but for the first time. */
const byHash =
  (runHash: Run, runText: Run): Commands["run"] =>
  async (script, key, ...args) => {
    try {
      return await runHash(script, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return runText(script, key, ...args);
    }
  };

/**
 * The client, without a timer for each command while it is connected: that would be two thirds of what a command costs. The
 * time is how long a command may wait to be sent, and a client that is connected sends it at once.
 */
function untimed(client: NodeRedis): () => NodeRedis {
  const connected = client.withCommandOptions?.({ timeout: 0 });
  return connected === undefined ? () => client : () => (client.isReady ? connected : client);
}

function commandsOfNodeRedis(client: NodeRedis): Commands {
  const current = untimed(client);
  return {
    get: (key) => textOf(current().get(key)),
    set: (key, value, time) =>
      time === undefined ? current().set(key, value) : current().pSetEx(key, time, value),
    renew: (key, time) => (time === undefined ? current().persist(key) : current().pExpire(key, time)),
    delete: (key) => current().del(key),
    exists: async (key) => Number(await current().exists(key)) === 1,
    removeField: (key, field) => current().hDel(key, field),
    run: byHash(
      ({ hash }, key, ...args) => current().evalSha(hash, { keys: [key], arguments: args }),
      ({ lua }, key, ...args) => current().eval(lua, { keys: [key], arguments: args }),
    ),
  };
}

const commandsOfIORedis = (client: IORedis): Commands => ({
  get: (key) => textOf(client.get(key)),
  set: (key, value, time) =>
    discreet(time === undefined ? client.set(key, value) : client.psetex(key, time, value)),
  renew: (key, time) => (time === undefined ? client.persist(key) : client.pexpire(key, time)),
  delete: (key) => client.del(key),
  exists: async (key) => Number(await client.exists(key)) === 1,
  removeField: (key, field) => client.hdel(key, field),
  run: byHash(
    ({ hash }, key, ...args) => discreet(client.evalsha(hash, 1, key, ...args)),
    ({ lua }, key, ...args) => discreet(client.eval(lua, 1, key, ...args)),
  ),
});

/**
 * The commands of a client, told by its methods.
 *
 * @throws TypeError where it is none.
 */
export function commandsOf(client: unknown): Commands {
  if (typeof client === "object" && client !== null) {
    if (isNodeRedis(client)) return commandsOfNodeRedis(client);
    if (isIORedis(client)) return commandsOfIORedis(client);
  }
  const hint = "Pass createClient({ url }) of redis, connected, or new Redis(url) of ioredis";
  throw wrong("redisStore", "a client of redis or ioredis", client, hint);
}
