/** How long calls take at their best, and when other things were done in between. */

/** Milliseconds: of calls before any is measured, and of calls in a sample. */
const warmUp = 100;
const enough = 10;
const samples = 15;

/** The calls that fill some milliseconds. */
function callsIn(milliseconds, run) {
  const begun = performance.now();
  let calls = 0;
  for (; performance.now() - begun < milliseconds; calls++) run();
  return calls;
}

/** Microseconds of one call, the mean of so many. */
function timed(calls, run) {
  const begun = performance.now();
  for (let call = 0; call < calls; call++) run();
  return ((performance.now() - begun) * 1000) / calls;
}

/**
 * Microseconds of one call of each: the best of several samples, for whatever else the machine does can only add to
 * a sample. All of them run before the first is measured, as code that has seen one caller only is faster than it is
 * in an app; and they take turns, so that no disturbance spoils all samples of one.
 */
export function bestOf(runs) {
  for (const run of runs) callsIn(warmUp, run);
  const calls = runs.map((run) => callsIn(enough, run));
  const rounds = Array.from({ length: samples }, () => runs.map((run, index) => timed(calls[index], run)));
  return runs.map((_, index) => Math.min(...rounds.map((times) => times[index])));
}

const calls = 2000;
const others = Buffer.alloc(2 ** 20, 1);
const elsewhere = Buffer.alloc(2 ** 20);

/** Microseconds of one call, as a clock sees it that is asked before and after. */
function timedOnce(run) {
  others.copy(elsewhere);
  const begun = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - begun) / 1000;
}

/**
 * The median of calls before each of which 1 MiB of other memory was copied: what they touch has left the nearest
 * caches by then, as it mostly has when a request comes to a server.
 */
export function coldOf(run) {
  callsIn(warmUp, run);
  const times = Float64Array.from({ length: calls }, () => timedOnce(run)).sort();
  return times[calls / 2];
}
