/** What a file of specs opens before its tests and closes after them: of a hook that fails uvu says nothing. */

/** As much of uvu's `test` as hooks need. */
export type Hooks = {
  readonly before: (hook: () => Promise<void>) => void;
  readonly after: (hook: () => Promise<void>) => void;
};
/** Takes what closes a thing that has just been opened. */
export type Closes = (close: () => unknown) => void;

/**
 * Gives what `open` makes, once the tests have begun. What fails in it is printed; what was opened till then is
 * closed, the last first.
 *
 * `const redis = opening(test, async (closes) => { const redis = await startRedis(); closes(redis.stop); return redis; })`
 */
export function opening<T extends object>(test: Hooks, open: (closes: Closes) => Promise<T>): T {
  const opened = {} as T;
  const closing: (() => unknown)[] = [];
  test.before(async () => {
    try {
      Object.assign(opened, await open((close) => closing.unshift(close)));
    } catch (error) {
      console.error(error);
      throw error;
    }
  });
  test.after(async () => {
    for (const close of closing.splice(0)) await close();
  });
  return opened;
}
