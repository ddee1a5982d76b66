/** Work that is written as a whole or not at all. */
import type { Statements } from "./statements.js";

export type Transaction = <T>(work: () => T) => T;

/** Runs work in a transaction; where it throws, or cannot be committed, nothing is written. */
export function transactions({ begin, commit, rollback }: Statements): Transaction {
  let isOpen = false;

  const undo = (): void => {
    try {
      rollback.run();
    } catch {
      // After some failures, such as a full disk, SQLite has done so by itself.
    }
  };

  return (work) => {
    if (isOpen) {
      const expected = "expected a change that only makes the new record, got one that writes to the store";
      throw new Error(`sqliteStore: ${expected}. Write before the update or after it`);
    }
    begin.run();
    isOpen = true;
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      undo();
      throw error;
    } finally {
      isOpen = false;
    }
  };
}
