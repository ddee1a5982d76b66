/** Files as they are opened, and streams that keep to their length. */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  open,
  read,
  readFile,
  readlinkSync,
  type Stats,
} from "node:fs";
import { pipeline, type Readable, Transform } from "node:stream";
import { promisify } from "node:util";
import { isPiece } from "./bodies.js";
import { wrong } from "./errors.js";
import type { FileBody } from "./types.js";

/** Files up to this many bytes are read at once: a stream costs several times as much. */
const small = 64 * 1024;

/** What a file holds: all of it where that is little, else a stream and the size of the very file that it reads. */
export type Content = Uint8Array | { readonly source: Readable; readonly size: number };

/*
 * Descriptors take half the time of file handles. Only to open and to read is to wait for the disk: what else is asked
 * of an open file is in memory.
 */
const opened = promisify(open);
const filled = promisify(read);
const drained = promisify(readFile);

/** What the kernel makes up on reading has no size. */
async function readAll(fd: number, size: number): Promise<Uint8Array> {
  if (size === 0) return drained(fd);
  const { buffer, bytesRead } = await filled(fd, Buffer.allocUnsafe(size), 0, size, 0);
  return buffer.subarray(0, bytesRead);
}

/** Where an open file lies; Linux says it, and where nobody does it is taken to lie where it was looked for. */
function placeOf(fd: number, file: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return file;
  }
}

/**
 * Refuses what is no file, and what is no longer the file that was looked at, in its place: where a folder has become
 * a link meanwhile, it is another.
 */
function check(fd: number, found: Stats, { file, size, changed }: FileBody): void {
  if (!found.isFile()) throw new Error(`Expected a file at ${file}, got a folder or device`);
  if (changed === undefined) return;
  if (found.size === size && found.mtimeMs === changed && placeOf(fd, file) === file) return;
  throw new Error(`The file at ${file} has changed since it was looked at`);
}

/** So that a pipe that has come in the file's place is refused, where to open it would wait for whoever writes to it. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/** The size of an open file; one that is refused is closed. */
function sizeOf(fd: number, body: FileBody): number {
  try {
    const found = fstatSync(fd);
    check(fd, found, body);
    return found.size;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Opens a file, or the part of it that is to be sent. */
export async function openFile(body: FileBody): Promise<Content> {
  const { file, part } = body;
  const fd = await opened(file, flags);
  const size = sizeOf(fd, body);
  if (part === undefined && size <= small) return readAll(fd, size).finally(() => closeSync(fd));
  const { start, end } = part ?? { start: 0, end: size - 1 };
  return { source: createReadStream(file, { fd, start, end }), size: end - start + 1 };
}

/**
 * Passes on text and bytes only, and exactly `length` of them where that is known: a response that is longer or
 * shorter than announced would be taken for part of the next one, or leave the client waiting.
 */
export function exactly(length: number | undefined): Transform {
  let sent = 0;
  const misfit = () => new RangeError(`The body is not as long as its content-length, which is ${length}`);
  return new Transform({
    writableObjectMode: true,
    transform(chunk: unknown, _encoding, done) {
      if (!isPiece(chunk)) return done(wrong("the response", "a stream of text or bytes", chunk));
      sent += Buffer.byteLength(chunk);
      if (length !== undefined && sent > length) return done(misfit());
      done(null, chunk);
    },
    flush: (done) => done(length === undefined || sent === length ? null : misfit()),
  });
}

/** A file's stream that fails where the file is cut short meanwhile, for those who announce no length. */
export const unabridged = ({ source, size }: Exclude<Content, Uint8Array>): Readable =>
  pipeline(source, exactly(size), () => {});
