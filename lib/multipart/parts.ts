/** Taking a multipart body (RFC 7578) apart while it arrives, with Busboy. */
import { finished, type Readable, Writable } from "node:stream";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import { type HttpError, httpError } from "../errors.js";

export type Part = {
  readonly name: string;
  /** As the client wrote it; undefined where the part is a text field. */
  readonly filename: string | undefined;
  readonly contentType: string;
  /** Is destroyed with the error that the form fails by. */
  readonly stream: Readable;
};

export type PartLimits = {
  readonly maxParts: number;
  /** Bytes of everything but the contents of files. */
  readonly limit: number;
};

/** Makes a value of a part, whose stream it reads to its end. */
export type Take = (part: Part) => Promise<unknown>;

/** The name of a part and the value made of it. */
export type Entry = readonly [name: string, value: unknown];

type Done = (error: Error | null) => void;

/** A part on its way. */
type Taking = {
  readonly stream: BusboyFileStream;
  readonly isFile: boolean;
  readonly entry: Promise<Entry>;
};

/** The error of a form that passes a limit: `tooLarge("has more than 10 files")`. */
export const tooLarge = (how: string): HttpError =>
  httpError(413, `The form ${how}`, { headers: { connection: "close" } });

const malformed = (cause: unknown): HttpError =>
  httpError(400, "The form is malformed or ends too early", { cause });

const cutShort = (cause: unknown): HttpError =>
  httpError(400, "The request body ended before it was complete", { cause });

/** What the head of a part may have, in bytes: as much as Node gives that of a request. The rest is not looked at. */
const headerSize = 16 * 1024;

/** How much of a part is held while it waits for whoever takes it, in bytes. */
export const partSize = 64 * 1024;

/**
 * What the parser is given in a tick, in bytes: well below what it holds of a part. A part that it skips, since that has no
 * name or is no form-data, is thrown away between ticks; one that fills up and ends in the same tick blocks it for good.
 */
const sliceSize = 16 * 1024;

/** Every part comes as a stream: Busboy would decode text fields by whatever charset they claim. */
function parserOf(contentType: string, maxParts: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      isPartAFile: () => true,
      preservePath: true,
      fileHwm: partSize,
      limits: { headerSize, parts: maxParts },
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

/** The parts that the parser has found so far; those without a name are dropped. */
function takings(parser: BusboyInstance, take: Take, fail: (error: Error) => void): readonly Taking[] {
  const found: Taking[] = [];
  parser.on("file", (name: string | undefined, stream, filename: string | undefined, _, contentType) => {
    // The parser reports by itself what goes wrong with a part.
    stream.on("error", () => {});
    if (name === undefined || name === "") {
      stream.resume();
      return;
    }
    const entry = take({ name, filename, contentType, stream }).then((value): Entry => [name, value]);
    entry.catch(fail);
    found.push({ stream, isFile: filename !== undefined, entry });
  });
  return found;
}

/** Of so many bytes, those that are in no file. */
const besidesFiles = (parts: readonly Taking[], seen: number): number =>
  parts.reduce((rest, { isFile, stream }) => (isFile ? rest - stream.bytesRead : rest), seen);

/** What a body is piped into. It is finished when all parts are taken, and fails where one of them does. */
function intakeOf(contentType: string, { maxParts, limit }: PartLimits, take: Take) {
  const parser = parserOf(contentType, maxParts);
  const fail = (error: Error) => {
    intake.destroy(error);
  };
  const parts = takings(parser, take, fail);
  const entries = () => Promise.all(parts.map(({ entry }) => entry));
  // The last boundary may finish it before the body ends.
  const parsed = new Promise<void>((resolve) => parser.once("finish", resolve));
  let seen = 0;
  const excess = (): HttpError | null =>
    besidesFiles(parts, seen) > limit ? tooLarge(`has more than ${limit} bytes besides its files`) : null;
  const feed = (chunk: Buffer, done: Done): void => {
    const slice = chunk.subarray(0, sliceSize);
    seen += slice.length;
    const next = () => {
      const error = excess();
      if (error !== null || intake.destroyed || slice.length === chunk.length) done(error);
      else feed(chunk.subarray(slice.length), done);
    };
    try {
      parser.write(slice, () => process.nextTick(next));
    } catch (cause) {
      // Nobody else would catch it: this runs in an event of the socket.
      done(malformed(cause));
    }
  };
  const intake = new Writable({
    write: (chunk: Buffer, _encoding, done) => feed(chunk, done),
    final(done) {
      parser.end();
      parsed.then(entries).then(() => done(), done);
    },
    destroy(error, done) {
      for (const { stream } of parts) stream.destroy(error ?? undefined);
      done(error);
    },
  });
  parser.on("partsLimit", () => fail(tooLarge(`has more than ${maxParts} parts`)));
  parser.on("error", (cause) => fail(malformed(cause)));
  return { intake, entries };
}

/**
 * The parts of a body in the order in which they came. Where this fails, what is left of the body is read and
 * thrown away: destroying it would cut the connection before there is an answer.
 *
 * @throws an error of status 413 past a limit, 400 for a malformed body or one cut short, or that of `take`.
 */
export async function readParts(
  source: NodeJS.ReadableStream,
  contentType: string,
  limits: PartLimits,
  take: Take,
): Promise<readonly Entry[]> {
  const { intake, entries } = intakeOf(contentType, limits, take);
  await new Promise<void>((resolve, reject) => {
    finished(source, { writable: false }, (cause) => cause && intake.destroy(cutShort(cause)));
    finished(intake, (error) => {
      source.unpipe(intake).resume();
      if (error) reject(error);
      else resolve();
    });
    source.pipe(intake);
  });
  return entries();
}
