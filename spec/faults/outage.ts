/** A database that breaks under load, and what must hold of the program that keeps its sessions there. */
import { setTimeout as pause } from "node:timers/promises";
import * as assert from "uvu/assert";
import type { Kind } from "./counters.js";
import { startProgram } from "./program.js";
import { visit } from "./visitors.js";

export type Outage = {
  readonly begin: () => Promise<void> | void;
  /** Resolves when the database takes commands again. */
  readonly end: () => Promise<void> | void;
};

/** A second as it is promised, and what a busy machine may add. */
const soon = 1_500;

const until = async (isSo: () => boolean, limit: number): Promise<void> => {
  for (const end = Date.now() + limit; !isSo() && Date.now() < end; ) await pause(10);
};

/** How many lines of what a program reported tell of the store. */
const lines = (report: string): number =>
  report.split("\n").filter((line) => line.startsWith("withSession")).length;

/**
 * Visitors count while the database breaks and comes back. Nobody is shown another's session or an empty one, every
 * request is answered, none counts twice, and the log does not fill the disk.
 */
export async function survive(kind: Kind, url: string, { begin, end }: Outage): Promise<void> {
  const program = await startProgram(kind, url);
  const { visitors, answered, troubles, leave } = await visit(program.url, 16);
  await until(() => answered.ok > 200, 10_000);
  await begin();
  await until(() => answered.refused > 200, 10_000);
  const during = await fetch(`${program.url}/public`);
  assert.is(await during.text(), "Public");
  await end();
  const back = Date.now();
  await until(() => answered.lastOk > back, 10_000);
  const waited = answered.lastOk - back;
  const before = answered.refused;
  await pause(500);
  const [refusedSince] = [answered.refused - before];
  await leave();
  const report = program.report();
  assert.is(await program.stop(), 0, report);
  assert.equal(troubles, []);
  assert.ok(answered.refused > 200, `expected 503s meanwhile, got ${answered.refused}`);
  assert.ok(waited < soon, `expected an answer within a second of the store's return, waited ${waited} ms`);
  assert.ok(refusedSince <= visitors.length, `expected no 503s once it is back, got ${refusedSince}`);
  assert.ok(lines(report) >= 1 && lines(report) <= 12, `expected the cause told once or so, got:\n${report}`);
}
