/** The lines of a stack, as V8 writes them: https://v8.dev/docs/stack-trace-api */
import { fileURLToPath } from "node:url";

/** A place that was being run. */
export type Frame = {
  /** The function; empty at the top of a module. */
  readonly name: string;
  /** The path of a file, or what else V8 names, such as `node:internal/timers`. */
  readonly file: string;
  /** From 1, as is the column. */
  readonly line: number;
  readonly column: number;
};

function pathOf(file: string): string {
  if (!file.startsWith("file://")) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

/** Where a line of a stack ends: `app.js:10:5` or `(app.js:10:5)`. */
const ending = /:(\d+):(\d+)\)?$/;

/** `    at show (file:///app/users.js:10:5)`; undefined where no place in a file is named. */
function frameOf(text: string): Frame | undefined {
  const found = ending.exec(text);
  if (found === null) return undefined;
  const called = text.slice(text.indexOf("at ") + 3, found.index);
  const start = text.endsWith(")") ? called.lastIndexOf(" (") : -1;
  return {
    name: start === -1 ? "" : called.slice(0, start),
    file: pathOf(start === -1 ? called.replace(/^async /, "") : called.slice(start + 2)),
    line: Number(found[1]),
    column: Number(found[2]),
  };
}

/** A stack may be any text: what is longer than this was not written by V8. */
const longest = 64 * 1024;

/** The frames of a stack, the innermost first. The message before them may look like one, so it is left out. */
export function framesOf(stack: string, message: string): readonly Frame[] {
  const start = Math.max(0, stack.indexOf(message)) + message.length;
  return stack
    .slice(start, start + longest)
    .split("\n")
    .filter((text) => /^ +at /.test(text))
    .flatMap((text) => frameOf(text) ?? []);
}
