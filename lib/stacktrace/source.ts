/** Where a frame stands in the source as it was written, by source maps. */
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isOwn, readMap, readSource } from "./files.js";
import type { Frame } from "./frames.js";

/** A frame, with the lines of its file where it is one of the project's own. */
export type Place = Frame & { readonly lines?: readonly string[] | undefined };

type Mapped = { readonly map: SourceMap; readonly payload: SourceMapPayload; readonly folder: string };
type File = { readonly lines: readonly string[]; readonly mapped: Mapped | undefined };

const mark = "//# sourceMappingURL=";

function addressOf(text: string): string | undefined {
  const start = text.lastIndexOf(mark);
  return start === -1 ? undefined : text.slice(start + mark.length).split(/\s/, 1)[0];
}

/** The data of `data:application/json;base64,…` */
function dataOf(address: string): string {
  const comma = address.indexOf(",");
  const data = address.slice(comma + 1);
  return address.slice(0, comma).endsWith(";base64")
    ? Buffer.from(data, "base64").toString()
    : decodeURIComponent(data);
}

/** The source map that a file names: in itself, or beside it. One that cannot be read is as good as none. */
function mapOf(text: string, path: string): Mapped | undefined {
  try {
    const address = addressOf(text);
    if (address === undefined) return undefined;
    const isInline = address.startsWith("data:");
    const beside = isInline ? path : resolve(dirname(path), decodeURIComponent(address));
    const payload = JSON.parse(isInline ? dataOf(address) : (readMap(beside) as string));
    return { map: new SourceMap(payload), payload, folder: dirname(beside) };
  } catch {
    return undefined;
  }
}

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

function fileOf(path: string): File | undefined {
  const text = readSource(path);
  return text === undefined ? undefined : { lines: linesOf(text), mapped: mapOf(text, path) };
}

const asPath = (source: string, folder: string): string =>
  source.startsWith("file://") ? fileURLToPath(source) : resolve(folder, source);

/** Where the map says that a frame was written; undefined where it says nothing. */
function original(frame: Frame, { map, payload, folder }: Mapped): Place | undefined {
  const entry = map.findEntry(frame.line - 1, frame.column - 1);
  if (!("originalSource" in entry)) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  const file = asPath((payload.sourceRoot ?? "") + originalSource, folder);
  const content = payload.sourcesContent?.[payload.sources.indexOf(originalSource)];
  const text = isOwn(file) ? (content ?? readSource(file)) : undefined;
  return {
    name: frame.name,
    file,
    line: originalLine + 1,
    column: originalColumn + 1,
    lines: text === undefined ? undefined : linesOf(text),
  };
}

/** A reader of sources that reads each file once. With `--enable-source-maps` Node has mapped the stack before. */
export function sourceReader(): (frame: Frame) => Place {
  const files = new Map<string, File | undefined>();
  return (frame) => {
    if (!files.has(frame.file)) files.set(frame.file, fileOf(frame.file));
    const file = files.get(frame.file);
    if (file?.mapped === undefined) return { ...frame, lines: file?.lines };
    return original(frame, file.mapped) ?? { ...frame, lines: file.lines };
  };
}
