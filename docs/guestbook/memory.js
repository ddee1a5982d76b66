/** Keeps book and sessions in the memory of this process: both are blank again when it restarts. */
import { blank, sign } from "./guestbook.js";

function bookInMemory() {
  let entries = blank;
  return {
    read: () => entries,
    sign(entry) {
      entries = sign(entries, entry);
    },
  };
}

export const keep = () => ({ book: bookInMemory(), sessions: "memory" });
