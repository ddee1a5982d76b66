/** Reports of work that is done over and over. */

/** Tells of a failure once, until it works again: a bad hour must not fill a disk. */
export function reporting(message: string, work: () => Promise<void>): () => Promise<void> {
  let hasFailed = false;
  return async () => {
    try {
      await work();
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) console.error(message, error);
      hasFailed = true;
    }
  };
}
