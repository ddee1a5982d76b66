/** Finding out that the other side is gone, though nobody said so. */
import type { Wire } from "./wire.js";

export type Watch = {
  /** Gives the other side more time, as after a while in which nothing was read. */
  readonly excuse: () => void;
  readonly stop: () => void;
};

/**
 * Pings every so many seconds, and cuts who has sent nothing by the next ping. Any byte counts, not the answer alone:
 * it cannot come before the end of a long message that takes its time.
 */
export function watch(wire: Wire, bytesRead: () => number, seconds: number): Watch {
  let before = -1;
  const tick = () => {
    const now = bytesRead();
    if (now === before && !wire.isPaused) wire.terminate();
    else wire.ping();
    before = now;
  };
  const timer = setInterval(tick, seconds * 1000).unref();
  return {
    excuse() {
      before = -1;
    },
    stop: () => clearInterval(timer),
  };
}
