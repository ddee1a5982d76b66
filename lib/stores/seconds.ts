/** How long a record is kept, in numbers that a database can count with. */
import type { Keep } from "../types.js";

/** What is more than this, three thousand years, is for good: the times of databases end somewhere. */
const longest = 1e11;

/** How many seconds a record is kept; null for good. */
export const secondsOf = ({ ttl = Number.POSITIVE_INFINITY }: Keep): number | null =>
  ttl > longest ? null : ttl;
