/** Session records in a file of SQLite: they outlive a restart, and the processes of a machine share them. */
import { then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { jsonMap } from "../json.js";
import type { Awaitable, Keep, SessionEntry, SessionRecord, SubjectStore } from "../types.js";
import { inMemory } from "../unshared.js";
import { secondsOf } from "./seconds.js";
import { isDatabase, type SqliteDatabase } from "./sqlite/database.js";
import { explaining } from "./sqlite/failure.js";
import { type Opened, openFile, takeOpen } from "./sqlite/open.js";
import { batch } from "./sqlite/statements.js";
import { sweeping } from "./sqlite/sweep.js";
import { transactions } from "./sqlite/transactions.js";
import { writing } from "./sqlite/writing.js";
import { checkSubject } from "./subject.js";
import { textOf, textOrNull, wordsOf } from "./words.js";

const who = "sqliteStore";

export type SqliteOptions = {
  /** The name of the table; "composure_sessions". */
  readonly table?: string | undefined;
};

export type SqliteStore = SubjectStore & {
  /** Ends the sweeping, and closes the file that the store has opened. It may be called twice. */
  readonly close: () => void;
};

function expiresOf(keep: Keep, now: number): number | null {
  const seconds = secondsOf(keep);
  return seconds === null ? null : Math.ceil(now + seconds * 1000);
}

type Row = { readonly record: string };
type EntryRow = Omit<SessionEntry, "label"> & { readonly label: string | null };

const recordOf = (row: unknown): SessionRecord => jsonMap(who, JSON.parse((row as Row).record));

function entryOf(row: unknown): SessionEntry {
  const { id, created, seen, label } = row as EntryRow;
  const entry = { id, created: Number(created), seen: Number(seen) };
  return label === null ? entry : { ...entry, label: wordsOf(label) };
}

function open(from: string | SqliteDatabase, table: string): Opened {
  if (typeof from === "string" && from !== "") return openFile(from, table);
  if (isDatabase(from)) return takeOpen(from, table);
  throw wrong(who, 'a file name, ":memory:", or an open database of node:sqlite or better-sqlite3', from);
}

function checkTable(table: unknown): void {
  if (typeof table === "string" && /^(?!sqlite_)[a-z_]\w*$/i.test(table)) return;
  throw wrong(who, 'letters, digits and _ as "table", not beginning with a digit or sqlite_', table);
}

/**
 * A store that keeps records in a file, which it makes where there is none. It answers at once, but where another
 * process has been writing for longer than a moment. It is opened with node:sqlite, or with the package
 * better-sqlite3 where Node has none; a database of either kind that is open may be given in place of a name.
 *
 * Option: `table`, the name of the table; "composure_sessions".
 *
 * `withSession({ type: sqliteStore("sessions.db"), expires: 3600 })`
 *
 * @throws TypeError for a wrong option; Error where the file cannot be opened, or there is nothing to open it with.
 */
export function sqliteStore(from: string | SqliteDatabase, options: SqliteOptions = {}): SqliteStore {
  checkNames(who, options, ["table"]);
  const { table = "composure_sessions" } = options;
  checkTable(table);
  const { sql, isShared, tidy, close } = open(from, table);
  const write = writing(transactions(sql));

  const read = (id: string, now: number): SessionRecord | null => {
    const row = sql.read.get(id, now);
    return row === undefined ? null : recordOf(row);
  };

  const some = (): Awaitable<boolean> => {
    const now = Date.now();
    if (sql.anyExpired.get(now) === undefined) return false;
    const swept = write(() => sql.sweep.run(now));
    return then(swept, ({ changes }) => Number(changes) === batch);
  };

  const stop = sweeping({ some, after: tidy });
  let isClosed = false;

  const store: SqliteStore = {
    read: (id) => explaining(() => read(id, Date.now())),
    create(id, record, keep) {
      const text = JSON.stringify(jsonMap(who, record));
      return write(() => {
        const now = Date.now();
        const [subject, label] = [textOrNull(keep.subject), textOrNull(keep.label)];
        sql.create.run(id, text, subject, now, label, now, expiresOf(keep, now));
      });
    },
    update: (id, change, keep) =>
      write(() => {
        const now = Date.now();
        const record = read(id, now);
        if (record === null) return false;
        const text = JSON.stringify(jsonMap(who, change(record)));
        sql.update.run(text, textOrNull(keep.label), now, expiresOf(keep, now), id);
        return true;
      }),
    delete: (id) => write(() => void sql.delete.run(id)),
    touch: (id, keep) =>
      write(() => {
        const now = Date.now();
        sql.touch.run(textOrNull(keep.label), now, expiresOf(keep, now), id, now);
      }),
    sessionsOf(subject) {
      checkSubject(who, subject);
      return explaining(() => sql.sessionsOf.all(textOf(subject), Date.now()).map(entryOf));
    },
    deleteAllOf(subject) {
      checkSubject(who, subject);
      return write(() => void sql.deleteAllOf.run(textOf(subject)));
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      stop();
      close();
    },
  };
  return isShared ? store : inMemory(store);
}
