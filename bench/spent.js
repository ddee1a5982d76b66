/** The CPU that a database uses: its own process and those that it has started, as Linux counts it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Linux counts who has ended in hundredths of a second. */
const microsecondsPerTick = 10_000;

/** What runs may have ended meanwhile. */
function unlessGone(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const textOf = (path) => unlessGone(() => readFileSync(path, "utf8"), "");
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const threadsOf = (pid) =>
  unlessGone(() => readdirSync(`/proc/${pid}/task`), []).map((thread) => `/proc/${pid}/task/${thread}`);
const childrenOf = (thread) => textOf(`${thread}/children`).split(" ").filter(Boolean);

/** Microseconds on a core, of all threads; the system counts nanoseconds. */
const spentIn = (threads) =>
  sum(threads.map((thread) => Number(textOf(`${thread}/schedstat`).split(" ")[0]))) / 1000;

/** Microseconds of the children that have ended: the 16th and the 17th field, and the name, which is the 2nd, is in brackets. */
function leftBy(pid) {
  const fields = textOf(`/proc/${pid}/stat`).split(") ").at(-1).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * microsecondsPerTick;
}

/** Microseconds of CPU so far; undefined where the system does not tell. */
export function spentBy(pid) {
  if (!existsSync(`/proc/${pid}/schedstat`)) return undefined;
  const threads = threadsOf(pid);
  const ofChildren = threads.flatMap(childrenOf).flatMap(threadsOf);
  return spentIn([...threads, ...ofChildren]) + leftBy(pid);
}
