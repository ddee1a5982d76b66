/** Clients of the databases that the environment names, as their packages recommend them. */

export async function nodeRedis() {
  const { createClient } = await import("redis");
  return createClient({ url: process.env.REDIS_URL }).connect();
}

export async function ioredis() {
  const { Redis } = await import("ioredis");
  return new Redis(process.env.REDIS_URL);
}

export async function pgPool() {
  const { default: pg } = await import("pg");
  return new pg.Pool({ connectionString: process.env.DATABASE_URL });
}
