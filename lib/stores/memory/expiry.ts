/** Whose time is over, found without looking at the others: a dial, and a hand that goes round it once an hour. */
import { setTimeout as wait } from "node:timers/promises";

/** What has a time, between its neighbours at one place of the dial; it is its own neighbour where it is at none. */
export interface Timed<Self> {
  /** When its time is over, in milliseconds since 1970; Infinity: never. */
  until: number;
  before: Self;
  after: Self;
}

export type Expiry<T> = {
  /** Gives a new time, or the first one. */
  readonly renew: (timed: T, until: number) => void;
  readonly remove: (timed: T) => void;
};

/** How far it is from one place to the next, in milliseconds: what is over is freed within two of these. */
const step = 10_000;
/** An hour around. What has more time than that is looked at once an hour. */
const places = 360;
/** How many are looked at before other work goes on. */
const slice = 1_000;

const stepsTo = (time: number): number => Math.floor(time / step);

function takeOut<T extends Timed<T>>(timed: T): void {
  timed.before.after = timed.after;
  timed.after.before = timed.before;
  timed.before = timed;
  timed.after = timed;
}

function putBefore<T extends Timed<T>>(end: T, timed: T): void {
  timed.before = end.before;
  timed.after = end;
  end.before.after = timed;
  end.before = timed;
}

const isAlone = <T extends Timed<T>>(timed: T): boolean => timed.after === timed;

/**
 * Calls `free` with each whose time is over, at most twenty seconds later and never with many at once. `makeEnd`
 * makes what holds the two ends of a place together. Nothing here keeps the process alive.
 *
 * Each lies where the hand will be when its time is over, now or some hours later. A time that gets longer moves
 * nothing: the hand comes by too early, and puts it where it then belongs.
 */
export function expiry<T extends Timed<T>>(makeEnd: () => T, free: (timed: T) => void): Expiry<T> {
  const dial = Array.from({ length: places }, makeEnd);
  let hand = stepsTo(Date.now());
  let timer: NodeJS.Timeout | undefined;

  const put = (timed: T): void => {
    if (timed.until === Number.POSITIVE_INFINITY) return;
    putBefore(dial[(stepsTo(timed.until) + 1) % places] as T, timed);
    timer ??= setInterval(moveOn, step).unref();
  };

  const look = (timed: T): void => {
    takeOut(timed);
    if (timed.until <= Date.now()) free(timed);
    else put(timed);
  };

  /** Takes everything at one place off the dial. */
  const clear = (place: number): T => {
    const end = dial[place] as T;
    dial[place] = makeEnd();
    return end;
  };

  /** What lies where the hand goes by: at all places if the clock was set back, or far ahead. */
  const passed = (): T[] => {
    const [from, to] = [hand, stepsTo(Date.now())];
    hand = to;
    const length = to < from ? places : Math.min(to - from, places);
    return Array.from({ length }, (_, index) => clear((from + 1 + index) % places));
  };

  const moveOn = async (): Promise<void> => {
    let looked = 0;
    for (const end of passed()) {
      while (!isAlone(end)) {
        look(end.after);
        // An immediate would wait for other work to come along, unless it kept the process alive.
        if (++looked % slice === 0) await wait(0, undefined, { ref: false });
      }
    }
    if (!dial.every(isAlone)) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    renew(timed, until) {
      const isSooner = until < timed.until;
      timed.until = until;
      if (!isSooner) return;
      takeOut(timed);
      put(timed);
    },
    remove: takeOut,
  };
}
