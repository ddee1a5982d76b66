/** What SQLite says when it fails, by both libraries, in words that tell what to do. */

/** The result codes that a store may meet. Source: sqlite.org/rescode.html. */
const codes: { readonly [name: string]: number } = {
  BUSY: 5,
  READONLY: 8,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
};

const hints: { readonly [code: number]: string } = {
  5: "Another process has been writing for too long; keep other transactions on this file short",
  8: "The process may not write to the file, or to the folder that it is in",
  11: "The file is damaged; move it away, or bring a copy of it back",
  13: "Make room on the disk, or raise PRAGMA max_page_count",
  14: "The process must be able to read and write the file, and the folder that it is in",
  26: "Name a file that is a database, or one that is not there yet",
};

/** better-sqlite3 tells the code by name ("SQLITE_BUSY_SNAPSHOT"), node:sqlite by number, both with what is more precise. */
function codeOf(error: unknown): number | undefined {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === "number") return errcode & 0xff;
  const [, name = ""] = /^SQLITE_([A-Z]+)/.exec(String(code)) ?? [];
  return codes[name];
}

/** Whether another connection is writing just now. */
export const isBusy = (error: unknown): boolean => error instanceof Error && codeOf(error) === codes.BUSY;

/** Misuse has no code of its own, but words: those of better-sqlite3, those of node:sqlite. Other errors may have the like. */
const misuses: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    /^(?:The database connection is not open|database is not open|statement has been finalized)$/,
    "The store, or the database that it was given, has been closed",
  ],
  [
    /^cannot start a transaction within a transaction$/,
    "The app has begun one on this database; give the store a connection of its own",
  ],
];

const hintOf = (error: Error): string | undefined =>
  hints[codeOf(error) ?? 0] ?? misuses.find(([said]) => said.test(error.message))?.[1];

/** An error of SQLite with what to do about it; any other error as it is. */
export function explained(error: unknown, path?: string): unknown {
  const hint = error instanceof Error ? hintOf(error) : undefined;
  if (hint === undefined) return error;
  const where = path === undefined ? "" : `${path}: `;
  return new Error(`sqliteStore: ${where}${(error as Error).message}. ${hint}`, { cause: error });
}

/** Gives what `work` gives; where SQLite fails, the error says what to do. */
export function explaining<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explained(error);
  }
}
