/** A multipart form as a map: the text of its fields, and what is kept of its files. */
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { gathering } from "../gather.js";
import type { Awaitable, MultipartParams, RequestBody } from "../types.js";
import { type Entry, type Part, partSize, readParts, tooLarge } from "./parts.js";

/** A file while it arrives. */
export type IncomingUpload = {
  readonly name: string;
  /** Without path and control characters. */
  readonly filename: string;
  readonly contentType: string;
  readonly stream: Readable;
};

/** Takes a file in, and gives what stands for it in `multipartParams`. */
export type UploadStore = (upload: IncomingUpload) => Awaitable<unknown>;

export type FormLimits = {
  readonly maxFiles: number;
  readonly maxFileSize: number;
  readonly maxFields: number;
  readonly maxFieldSize: number;
  readonly limit: number;
};

const isStream = (body: RequestBody): body is NodeJS.ReadableStream =>
  typeof (body as { pipe?: unknown }).pipe === "function";

function streamOf(body: RequestBody): NodeJS.ReadableStream {
  if (isStream(body)) return body;
  const chunks = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
  return Readable.from(chunks, { objectMode: false });
}

/** Counts what the stream of a file gives, and ends it with an error where that is too much. */
function bounded(stream: Readable, most: number): Readable {
  let size = 0;
  return stream.on("data", ({ length }: Buffer) => {
    size += length;
    if (size > most) stream.destroy(tooLarge(`has a file of more than ${most} bytes`));
  });
}

async function textOf(stream: Readable, most: number): Promise<string> {
  const { add, all } = gathering(most, () => tooLarge(`has a field of more than ${most} bytes`));
  for await (const chunk of stream) add(chunk);
  return all().toString();
}

/** The name of a file as one may use it: clients send paths, and hostile ones anything. */
function bareName(filename: string): string {
  const name = filename.replace(/\p{Cc}/gu, "").replace(/^.*[/\\]/s, "");
  return name === "." || name === ".." ? "" : name;
}

/** Whether nothing comes, or nothing any more; looking takes nothing away. */
async function isEmpty(stream: Readable): Promise<boolean> {
  await once(stream, "readable");
  return stream.readableLength === 0 || stream.destroyed;
}

/** A stream of the same bytes that may be left or destroyed early, without holding up the parts that follow. */
function loose(stream: Readable): Readable {
  const copy = new PassThrough({ highWaterMark: partSize });
  stream.on("error", (error) => copy.destroy(error)).pipe(copy);
  return copy.on("error", () => {}).once("close", () => stream.resume());
}

async function kept(store: UploadStore, upload: IncomingUpload): Promise<unknown> {
  try {
    return await store(upload);
  } finally {
    upload.stream.destroy();
  }
}

/** Gives a map without prototype; a repeated name gives an array, a value that is undefined is left out. */
function grouped(entries: readonly Entry[]): MultipartParams {
  const groups = new Map<string, unknown[]>();
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value]);
    else group.push(value);
  }
  const params: Record<string, unknown> = Object.create(null);
  for (const [name, values] of groups) params[name] = values.length === 1 ? values[0] : values;
  return params;
}

/** Reads a form, and gives each of its files to a store as it arrives. */
export async function readForm(
  body: RequestBody,
  contentType: string,
  { maxFiles, maxFileSize, maxFields, maxFieldSize, limit }: FormLimits,
  store: UploadStore,
): Promise<MultipartParams> {
  let files = 0;
  let fields = 0;

  const field = async ({ stream }: Part): Promise<string> => {
    if (++fields > maxFields) throw tooLarge(`has more than ${maxFields} fields`);
    return textOf(stream, maxFieldSize);
  };

  const file = async ({ name, contentType, stream }: Part, filename: string): Promise<unknown> => {
    if (filename === "" && (await isEmpty(stream))) {
      stream.resume();
      return undefined;
    }
    if (++files > maxFiles) throw tooLarge(`has more than ${maxFiles} files`);
    const upload = { name, filename, contentType, stream: loose(bounded(stream, maxFileSize)) };
    const [value] = await Promise.all([kept(store, upload), finished(stream)]);
    return value;
  };

  const limits = { maxParts: maxFiles + maxFields, limit };
  const entries = await readParts(streamOf(body), contentType, limits, (part) =>
    part.filename === undefined ? field(part) : file(part, bareName(part.filename)),
  );
  return grouped(entries);
}
