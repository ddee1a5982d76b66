/** Multipart forms for specs: writing them, reading them, and watching what they leave behind. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { HttpError } from "../../lib/errors.js";
import { type MultipartOptions, withMultipart } from "../../lib/middleware/multipart.js";
import type { Request, RequestBody, Response, Upload } from "../../lib/types.js";

export const boundary = "----WebKitFormBoundaryqVbq6iLwZ8zXyf1T";

export type FormPart = {
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content?: string | Buffer;
};

/** https://html.spec.whatwg.org/#multipart-form-data */
const quoted = (text: string): string =>
  `"${text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22")}"`;

export function head({ name, filename, type }: FormPart): string {
  const nameParameter = name === undefined ? "" : `; name=${quoted(name)}`;
  const fileParameter = filename === undefined ? "" : `; filename=${quoted(filename)}`;
  const typeLine = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  return `--${boundary}\r\nContent-Disposition: form-data${nameParameter}${fileParameter}\r\n${typeLine}\r\n`;
}

/** A body as browsers write it. */
export const form = (...parts: readonly FormPart[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => [head(part), part.content ?? "", "\r\n"].map((piece) => Buffer.from(piece))),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

export const chunked = (body: Buffer, size = 1000): Buffer[] =>
  Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));

/** A body of which only the beginning has come. */
export function begun(body: Buffer): Readable {
  const stream = new Readable({ read() {} });
  stream.push(body);
  return stream;
}

export const post = (body: RequestBody | undefined, more: Partial<Request> = {}): Request => ({
  method: "POST",
  uri: "/",
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  body,
  ...more,
});

export const cat: FormPart = { name: "photo", filename: "cat.png", type: "image/png", content: "meow" };

export const done: Response = { status: 200, headers: {}, body: "done" };

/** An upload with what its file holds in place of the path. */
export const opened = ({ path, ...upload }: Upload) => ({ ...upload, content: readFileSync(path, "utf8") });

const isUpload = (value: unknown): value is Upload => typeof (value as Upload).path === "string";

const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shown);
  return isUpload(value) ? opened(value) : value;
};

/** Fails what hangs. */
export async function soon<A>(promise: PromiseLike<A> | A): Promise<A> {
  const timer = new AbortController();
  const late = setTimeout(5000, undefined, { signal: timer.signal }).then(() => {
    throw new Error("still waiting after 5 seconds");
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** The parameters of a body, with what its files hold. */
export async function read(body: RequestBody, options?: MultipartOptions): Promise<Record<string, unknown>> {
  let params = {};
  const handler = withMultipart(options)(({ multipartParams = {} }) => {
    params = Object.fromEntries(Object.entries(multipartParams).map(([name, value]) => [name, shown(value)]));
    return done;
  });
  await soon(handler(post(body)));
  return params;
}

export async function failure(promise: unknown): Promise<HttpError> {
  try {
    await soon(promise);
  } catch (error) {
    return error as HttpError;
  }
  throw new Error("expected a failure");
}

const temporary = { before: process.env.TMPDIR, root: "" };

/** The folder in which temporary files are made. */
export const root = (): string => temporary.root;

/** What is left of temporary files. */
export const left = (): readonly string[] => readdirSync(temporary.root);

/** What nobody waits for takes a moment. */
export async function untilEmpty(): Promise<void> {
  for (let i = 0; left().length > 0; i++) {
    await setTimeout(10);
    if (i < 200) continue;
    const found = left();
    for (const name of found) rmSync(join(temporary.root, name), { recursive: true });
    throw new Error(`expected no temporary files, got ${found.join(", ")}`);
  }
}

const strays: unknown[] = [];
export const stray = (error: unknown) => strays.push(error);

/** Gives the tests a folder of their own for temporary files, and fails those that leave files or errors behind. */
export function watch(test: Test): void {
  test.before(() => {
    temporary.root = mkdtempSync(join(tmpdir(), "multipart-spec-"));
    process.env.TMPDIR = temporary.root;
    process.on("unhandledRejection", stray).on("uncaughtException", stray);
  });
  test.after.each(async () => {
    await untilEmpty();
    assert.equal(strays.splice(0), []);
  });
  test.after(() => {
    if (temporary.before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary.before;
    rmSync(temporary.root, { recursive: true });
    process.off("unhandledRejection", stray).off("uncaughtException", stray);
  });
}
