/** Sessions on a database by hand: one command reads, one writes whatever is there by then. */
import { randomBytes } from "node:crypto";
import { nodeRedis, pgPool } from "./clients.js";
import { idle } from "./content.js";

const makeId = () => randomBytes(16).toString("base64url");

const drivers = {
  async redis() {
    const client = await nodeRedis();
    const expiration = { type: "EX", value: idle };
    return {
      read: async (id) => JSON.parse(await client.get(id)),
      write: (id, session) => client.set(id, JSON.stringify(session), { expiration }),
    };
  },
  async postgres() {
    const pool = await pgPool();
    await pool.query(
      "create table if not exists kept (id text primary key, session jsonb not null, until timestamptz not null)",
    );
    const read = "select session from kept where id = $1 and until > now()";
    const write = `insert into kept values ($1, $2, now() + interval '${idle} s')
      on conflict (id) do update set session = excluded.session, until = excluded.until`;
    return {
      read: async (id) => (await pool.query({ name: "read", text: read, values: [id] })).rows[0]?.session,
      write: (id, session) => pool.query({ name: "write", text: write, values: [id, session] }),
    };
  },
};

/** How sessions begin, are opened and kept. */
export async function keeperOn(kind) {
  const { read, write } = await drivers[kind]();
  return {
    async begin(session) {
      const id = makeId();
      await write(id, session);
      return id;
    },
    open: read,
    keep: write,
  };
}
