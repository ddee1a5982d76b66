/** A process of its own that works on files of SQLite as it is told: `node worker.js NUMBER`. */
import { sqliteStore } from "../../../lib/sqlite.js";
import { increment, times } from "../../house/counting.js";
import { workAs } from "../../house/forked.js";

const number = String(process.argv[2]);

/** Asks again where others wrote for too long: what is refused so is known not to be made. */
async function patiently<T>(call: () => T): Promise<Awaited<T>> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!/database is locked/.test(String(error))) throw error;
    }
  }
}

workAs({
  /** Sets keys of a session, and makes a session for each. */
  async keys(path) {
    const store = sqliteStore(path);
    for (const key of times(50, (index) => `${number} ${index}`)) {
      await patiently(() => store.create(key, {}, { subject: "ada", ttl: 600 }));
      await patiently(() => store.update("id", (record) => ({ ...record, [key]: true }), {}));
    }
  },
  /** Changes a session until it is gone, which one of the processes sees to, and on after that. */
  async end(path) {
    const store = sqliteStore(path);
    const change = () => patiently(() => store.update("id", increment, {}));
    for (let turn = 0; turn < 200; turn++) await change();
    if (number === "0") await patiently(() => store.delete("id"));
    while (await change());
    for (let turn = 0; turn < 50; turn++) await change();
  },
  /** Makes a file that may not be there yet. */
  make: (path) => sqliteStore(path).create(number, {}, { subject: "ada" }),
});
