/** What the examples of the docs find without importing it: the names of composure, and `expectSame`. */
import { deepStrictEqual } from "node:assert/strict";
import { inspect } from "node:util";

/** A value without prototypes and without keys that hold nothing. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  return Object.fromEntries(entries.map(([name, held]) => [name, plain(held)]));
}

const expectSame = (got: unknown, expected: unknown): void => deepStrictEqual(plain(got), plain(expected));

/** Tells of an example that fails, and lets the next one run. */
const noteFailure = (file: string) => (error: unknown) => {
  process.exitCode = 1;
  console.error(`${file} fails:\n${inspect(error)}`);
};

const doors = (process.env.DOORS ?? "").split(" ");
const exported = await Promise.all(doors.map((door) => import(door)));
Object.assign(globalThis, { expectSame, noteFailure }, ...exported);
