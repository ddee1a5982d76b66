/** What all contenders serve, so that they differ in how they do it and in nothing else. */
import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export const secret = "a secret for nothing but measuring, 32 bytes";

/** The names of so many routes. */
export const things = (count) => Array.from({ length: Number(count) }, (_, index) => `thing-${index}`);

const people = Array.from({ length: 12 }, (_, id) => ({ id, name: "Ada Lovelace", active: id % 2 === 0 }));
const missing = 1024 - JSON.stringify({ people, note: "" }).length;
/** 1 KiB of JSON. */
export const record = { people, note: "n".repeat(missing) };

export const page = "A page of ten kibibytes.".padEnd(10 * 1024, ".");
export const pageName = "page.txt";

/** A folder with the page in it. */
export function folder() {
  const path = fileURLToPath(new URL("../node_modules/.cache/composure", import.meta.url));
  mkdirSync(path, { recursive: true });
  writeFileSync(`${path}/${pageName}`, page);
  return path;
}

const chunk = Buffer.alloc(64 * 1024, "x");
const chunks = 800;
export const streamSize = chunks * chunk.length;

/** A stream of 50 MiB. */
export function bigStream() {
  let left = chunks;
  return new Readable({
    read() {
      left -= 1;
      this.push(left < 0 ? null : chunk);
    },
  });
}

/** A page of ten kibibytes, as markup repeats itself. */
export const document = `<!doctype html><title>Things</title><ul>${things(300)
  .map((thing) => `<li><a href="/${thing}">${thing}</a></li>`)
  .join("")}</ul>`;

/** Seconds after which a session on a database that nobody uses is over. */
export const idle = 600;

let logins = 0;
/** What a login puts into the session: no two are the same, so that no two cookies are. */
export const login = () => ({ name: "Ada", visitor: ++logins });

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** Milliseconds that the requests of the races wait between reading a session and writing it. */
export const pause = { increment: 5, slow: 50 };
