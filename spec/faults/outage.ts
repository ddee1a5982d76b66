/** A database that breaks under load, and what must hold of the program that keeps its sessions there. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as assert from "uvu/assert";
import { eventually } from "../house/eventually.js";
import { startServer } from "../house/server.js";
import type { Kind } from "./counters.js";
import { type Answered, visited } from "./visitors.js";

export type Outage = {
  readonly begin: () => Promise<void> | void;
  /** Resolves when the database takes commands again. */
  readonly end: () => Promise<void> | void;
};

const visitors = 16;

/** Milliseconds: a second, as it is promised. */
const soon = 1_000;

/** How many lines of what a program reported tell of the store. */
const lines = (report: string): number =>
  report.split("\n").filter((line) => line.startsWith("withSession")).length;

/** Breaks the database while visitors count, mends it, and waits until they do again. */
async function breakDown(url: string, { begin, end }: Outage, answered: Answered): Promise<void> {
  await eventually(() => answered.ok > 200);
  await begin();
  await eventually(() => answered.refused > 200, 20);
  assert.is(await fetch(`${url}/public`).then((response) => response.text()), "Public");
  await end();
  const back = Date.now();
  await eventually(() => answered.lastOk > back);
  const waited = answered.lastOk - back;
  assert.ok(waited < soon, `expected an answer within a second of the store's return, waited ${waited} ms`);
  const before = answered.refused;
  await pause(300);
  const since = answered.refused - before;
  assert.ok(since <= visitors, `expected no 503s once it is back, got ${since}`);
}

/**
 * Visitors count while the database breaks and comes back. Nobody is shown another's session or an empty one, every
 * request is answered, none counts twice, and the log does not fill the disk.
 */
export async function survive(kind: Kind, database: string, outage: Outage): Promise<void> {
  const app = join(import.meta.dirname, "app.js");
  const { url, report, stop, kill } = await startServer([app, kind, database]);
  try {
    const troubles = await visited(url, visitors, (answered) => breakDown(url, outage, answered));
    assert.equal(await stop("SIGINT"), [0, null], report());
    assert.equal(troubles, []);
    const told = lines(report());
    assert.ok(told >= 1 && told <= 12, `expected the cause told once or so, got:\n${report()}`);
  } finally {
    kill();
  }
}
