/** What a callback tells: there at once where it is told at once, else promised. */
import type { Awaitable } from "../../types.js";

export type Outcome<T> = {
  readonly isKnown: () => boolean;
  /** The first to tell is heard, and nobody after. */
  readonly give: (value: T) => void;
  readonly fail: (error: unknown) => void;
  /** Calls this as soon as it is known. */
  readonly finally: (over: () => void) => void;
  /** What was told, or a promise of it; it throws what it failed with. */
  readonly result: () => Awaitable<T>;
};

/** An outcome that is still open. */
export function outcome<T>(): Outcome<T> {
  let told: (() => T) | undefined;
  const waiting: ((how: () => T) => void)[] = [];
  const tell = (how: () => T) => {
    if (told !== undefined) return;
    told = how;
    for (const over of waiting) over(how);
  };
  const throwing = (error: unknown) => () => {
    throw error;
  };
  return {
    isKnown: () => told !== undefined,
    give: (value) => tell(() => value),
    fail: (error) => tell(throwing(error)),
    finally: (over) => {
      waiting.push(over);
    },
    result: () => {
      if (told !== undefined) return told();
      return new Promise<() => T>((resolve) => waiting.push(resolve)).then((how) => how());
    },
  };
}
