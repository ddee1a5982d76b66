/** Deadlines that are all equally far away: they come in the order in which they were set, so one timer does for all. */
import { type Linked, putLast, takeOut } from "../ring.js";

export class Deadline implements Linked<Deadline> {
  older: Deadline = this;
  newer: Deadline = this;
  constructor(
    /** By the clock that is never set back. */
    readonly at: number,
    readonly late: () => void,
  ) {}
}

export type Deadlines = {
  /** Calls `late` when the time is over. Until then it keeps the process alive. */
  readonly set: (late: () => void) => Deadline;
  readonly clear: (deadline: Deadline) => void;
};

/** What a timer can wait for at the most, in milliseconds. */
const longest = 2 ** 31 - 1;

/** A timer for each would cost a call as much as all the rest of its guard. */
export function deadlines(milliseconds: number): Deadlines {
  const end = new Deadline(0, () => {});
  let timer: NodeJS.Timeout | undefined;

  const isNone = (): boolean => end.newer === end;

  const wait = (time: number): void => {
    timer = setTimeout(look, Math.min(Math.max(1, time), longest));
  };

  const look = (): void => {
    timer = undefined;
    const now = performance.now();
    for (let first = end.newer; first !== end && first.at <= now; first = end.newer) {
      takeOut(first);
      first.late();
    }
    if (isNone()) return;
    // What was set meanwhile has begun a timer for itself, and others may come before it.
    clearTimeout(timer);
    wait(end.newer.at - now);
  };

  return {
    set(late) {
      const deadline = new Deadline(performance.now() + milliseconds, late);
      if (timer === undefined) wait(milliseconds);
      else if (isNone()) timer.ref();
      putLast(end, deadline);
      return deadline;
    },
    clear(deadline) {
      takeOut(deadline);
      if (isNone()) timer?.unref();
    },
  };
}
