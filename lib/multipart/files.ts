/** The temporary files of one request, in a folder of their own. */
import { randomUUID } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Upload } from "../types.js";
import type { IncomingUpload } from "./form.js";
import { partSize } from "./parts.js";

export type TemporaryFiles = {
  /** Writes an upload to a file that only this process's user can read, under a name of our own. */
  readonly keep: (upload: IncomingUpload) => Promise<Upload>;
  /** Removes the files, once those that are being written are closed or have failed. */
  readonly remove: () => Promise<void>;
};

/** The folder is made with the first file. */
export function temporaryFiles(): TemporaryFiles {
  let folder: Promise<string> | undefined;
  const writes: Promise<Upload>[] = [];
  const write = async ({ filename, contentType, stream }: IncomingUpload): Promise<Upload> => {
    folder ??= mkdtemp(join(tmpdir(), "composure-upload-"));
    const path = join(await folder, randomUUID());
    const file = (await open(path, "wx", 0o600)).createWriteStream({ highWaterMark: partSize });
    await pipeline(stream, file);
    return { filename, contentType, size: file.bytesWritten, path };
  };
  return {
    keep(upload) {
      const written = write(upload);
      writes.push(written);
      return written;
    },
    async remove() {
      await Promise.allSettled(writes);
      try {
        if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
      } catch {
        // Nobody is left to tell; the system clears its folder of temporary files by itself.
      }
    },
  };
}
