/** Forms with files. Source: Ring, ring/middleware/multipart_params.clj. */
import { formLimit, mediaType } from "../body.js";
import { checkNames, wrong } from "../errors.js";
import { empty } from "../lazy.js";
import { temporaryFiles } from "../multipart/files.js";
import { type FormLimits, readForm, type UploadStore } from "../multipart/form.js";
import { type Closing, isClosing, whenOver } from "../over.js";
import { headerOf } from "../request.js";
import type { Decorator, Handler, MultipartParams, Request, RequestBody, Response } from "../types.js";
import { mergedParams, paramsOf } from "./params.js";

export type { IncomingUpload, UploadStore } from "../multipart/form.js";

export type MultipartOptions = {
  /** The most files; 10. */
  readonly maxFiles?: number | undefined;
  /** The most bytes of a file; 10 MiB. */
  readonly maxFileSize?: number | undefined;
  /** The most text fields; 1000. */
  readonly maxFields?: number | undefined;
  /** The most bytes of a text field; 1 MiB. */
  readonly maxFieldSize?: number | undefined;
  /** The most bytes of everything but the contents of files; 1 MiB more than a text field may have. */
  readonly limit?: number | undefined;
  /** Where files go in place of temporary ones. */
  readonly store?: UploadStore | undefined;
};

/** A form that was read, and what removes its files. */
type Form = { readonly params: MultipartParams; readonly remove: () => Promise<void> };

const who = "withMultipart";
const known = ["maxFiles", "maxFileSize", "maxFields", "maxFieldSize", "limit", "store"];

function settled(options: MultipartOptions): { limits: FormLimits; store: UploadStore | undefined } {
  checkNames(who, options, known);
  const { maxFiles = 10, maxFileSize = 10 * formLimit, maxFields = 1000, maxFieldSize = formLimit } = options;
  const { limit = maxFieldSize + formLimit, store } = options;
  const limits = { maxFiles, maxFileSize, maxFields, maxFieldSize, limit };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw wrong(who, `a whole number from 0 as "${name}"`, value);
  }
  if (store !== undefined && typeof store !== "function") {
    throw wrong(who, 'a function that takes an upload as "store"', store);
  }
  return { limits, store };
}

/**
 * Adds `multipartParams`, and the text among them to `params` where these are there already: the form wins over
 * the query, the route over the form. The body is undefined from here on, since its bytes are not kept.
 */
export function multipartRequest(request: Request, multipartParams: MultipartParams): Request {
  if (request.multipartParams !== undefined) return request;
  const { params, routeParams = empty } = request;
  const seen = { ...request, body: undefined, multipartParams };
  if (params === undefined) return seen;
  const fields = paramsOf(empty, empty, multipartParams);
  return { ...seen, params: mergedParams(mergedParams(params, fields), routeParams) };
}

type Settings = ReturnType<typeof settled>;

async function formOf(request: Request, { limits, store }: Settings): Promise<Form> {
  const files = temporaryFiles();
  const contentType = headerOf(request, "content-type") as string;
  try {
    const params = await readForm(request.body as RequestBody, contentType, limits, store ?? files.keep);
    return { params, remove: files.remove };
  } catch (error) {
    await files.remove();
    throw error;
  }
}

/** The forms of bodies that the edge has given. */
const forms = new WeakMap<object, Promise<Form>>();

/** Reads a form whose files stay until the response is over. It is read once, whoever asks, as a stream can be. */
function edgeForm(request: Request, body: object, res: Closing, settings: Settings): Promise<Form> {
  const read = async (): Promise<Form> => {
    const form = await formOf(request, settings);
    whenOver(res, request.signal, form.remove);
    return form;
  };
  const form = forms.get(body) ?? read();
  forms.set(body, form);
  return form;
}

/** Answers a plain call, after which nobody says that the response is over: its files go with the last of it. */
async function answerCall(
  handler: Handler,
  request: Request,
  { params, remove }: Form,
): Promise<Response | null> {
  let body: unknown;
  try {
    const response = await handler(multipartRequest(request, params));
    body = response?.body;
    return response;
  } finally {
    if (isClosing(body)) whenOver(body, undefined, remove);
    else await remove();
  }
}

async function answer(handler: Handler, request: Request, settings: Settings): Promise<Response | null> {
  const { body, raw } = request;
  if (typeof body === "object" && isClosing(raw?.res)) {
    const { params } = await edgeForm(request, body, raw.res, settings);
    return handler(multipartRequest(request, params));
  }
  return answerCall(handler, request, await formOf(request, settings));
}

const isForm = (request: Request): boolean =>
  request.body !== undefined &&
  request.body !== null &&
  request.multipartParams === undefined &&
  mediaType(request) === "multipart/form-data";

/**
 * Reads forms of type multipart/form-data (RFC 7578) as they arrive and adds `multipartParams`: text fields as
 * strings, files as `{ filename, contentType, size, path }`, a repeated name as an array. The text is in `params`
 * too. Files are temporary and removed when the response is over; their names are the client's, without paths.
 * A file field that was left empty is left out, a part without a name is dropped.
 *
 * Options:
 * - `maxFiles`: the most files (10)
 * - `maxFileSize`: the most bytes of a file (10 MiB)
 * - `maxFields`: the most text fields (1000); all parts, with file fields left empty, are at most
 *   `maxFiles + maxFields`
 * - `maxFieldSize`: the most bytes of a text field (1 MiB)
 * - `limit`: the most bytes of everything but the contents of files, and so the most memory that a form takes
 *   (1 MiB more than `maxFieldSize`); a whole body has at most `limit + maxFiles * maxFileSize` bytes
 * - `store`: takes files in place of temporary ones: `({ name, filename, contentType, stream }) => value`, or a
 *   promise of it. The value stands in `multipartParams`, where undefined leaves it out; make it a map, since text
 *   is what a client can send under any name. When it is there the stream is closed, and the rest thrown away.
 *
 * `decorate(app, withMultipart({ maxFiles: 1, maxFileSize: 1024 * 1024 }))`
 *
 * Errors: 413 past a limit; 400 for a body that is malformed or ends early; those of `store` as they are.
 * @throws TypeError for an option that is wrong or unknown.
 */
export function withMultipart(options: MultipartOptions = {}): Decorator {
  const settings = settled(options);
  return (handler) => (request) => (isForm(request) ? answer(handler, request, settings) : handler(request));
}
