/** Files as they are opened, and streams that keep to their length. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";
import { pipeline, type Readable, Transform } from "node:stream";
import { isPiece } from "./bodies.js";
import { wrong } from "./errors.js";
import type { FileBody } from "./types.js";

/** Files up to this many bytes are read at once: a stream costs several times as much. */
const small = 64 * 1024;

/** What a file holds: all of it where that is little, else a stream and the size of the very file that it reads. */
export type Content = Uint8Array | { readonly source: Readable; readonly size: number };

/** In one piece where the size is known, which takes half the time; what the kernel makes up on reading has none. */
async function readAll(handle: FileHandle, size: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size), 0, size, 0);
  const bytes = size === 0 ? await handle.readFile() : buffer.subarray(0, bytesRead);
  await handle.close();
  return bytes;
}

/**
 * Whether an open file is still the one that was looked at, and in its place: where a folder has become a link
 * meanwhile, it is another. Linux says the place, and where nobody does it is taken for the same.
 */
async function isSame(handle: FileHandle, found: Stats, { file, size, changed }: FileBody): Promise<boolean> {
  const place = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => file);
  return place === file && found.size === size && found.mtimeMs === changed;
}

/** So that a pipe that has come in the file's place is refused, where to open it would wait for whoever writes to it. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/** Opens a file, or the part of it that is to be sent. */
export async function openFile(body: FileBody): Promise<Content> {
  const { file, part } = body;
  const handle = await open(file, flags);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error(`Expected a file at ${file}, got a folder or device`);
    if (body.changed !== undefined && !(await isSame(handle, found, body))) {
      throw new Error(`The file at ${file} has changed since it was looked at`);
    }
    if (part === undefined && found.size <= small) return await readAll(handle, found.size);
    const { start, end } = part ?? { start: 0, end: found.size - 1 };
    return { source: handle.createReadStream({ start, end }), size: end - start + 1 };
  } catch (error) {
    await handle.close();
    throw error;
  }
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
