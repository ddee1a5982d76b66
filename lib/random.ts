/** Random bytes of the operating system, fetched many at a time: a fetch costs 3 µs, however few they are. */
import { randomFillSync } from "node:crypto";

const pool = Buffer.alloc(4096);
let used = pool.length;

/** So many bytes that nobody else gets; a copy of their own. */
export function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  // What was handed out is a secret by now.
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}
