/** The content codings that Node knows: RFC 9110 section 8.4.1, RFC 7932 (br), RFC 8878 (zstd). */
import type { Transform } from "node:stream";
import { promisify } from "node:util";
import * as zlib from "node:zlib";

export type Encoding = "br" | "zstd" | "gzip";

type Bytes = string | Uint8Array;

/** A stream that can be told to let out what it still holds. */
export type Coder = Transform & { flush(kind: number, done: () => void): void };

export type Coding = {
  readonly atOnce: (bytes: Bytes) => Uint8Array;
  readonly inThread: (bytes: Bytes) => Promise<Uint8Array>;
  readonly stream: () => Coder;
  /** The flush that keeps what the stream has learnt; the default of gzip would forget it. */
  readonly flush: number;
};

/** Brotli's own default, 11, takes a hundred times as long; see docs/decisions/005-compression.md. */
const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };

const br: Coding = {
  atOnce: (bytes) => zlib.brotliCompressSync(bytes, quality),
  inThread: (bytes) => promisify(zlib.brotliCompress)(bytes, quality),
  stream: () => zlib.createBrotliCompress(quality),
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
};

const gzip: Coding = {
  atOnce: (bytes) => zlib.gzipSync(bytes),
  inThread: (bytes) => promisify(zlib.gzip)(bytes),
  stream: () => zlib.createGzip(),
  flush: zlib.constants.Z_SYNC_FLUSH,
};

/** What Node has from 22.15 on. */
type WithZstd = {
  readonly zstdCompressSync: (bytes: Bytes) => Uint8Array;
  readonly zstdCompress: (bytes: Bytes, done: (error: Error | null, result: Uint8Array) => void) => void;
  readonly createZstdCompress: () => Coder;
  readonly constants: { readonly ZSTD_e_flush: number };
};

const hasZstd = (node: object): node is WithZstd => "createZstdCompress" in node;

const zstdOf = (node: WithZstd): Coding => ({
  atOnce: (bytes) => node.zstdCompressSync(bytes),
  inThread: (bytes) => promisify(node.zstdCompress)(bytes),
  stream: () => node.createZstdCompress(),
  flush: node.constants.ZSTD_e_flush,
});

/** Those that this Node has, the one that we like best first. */
export const codings: { readonly [Name in Encoding]?: Coding } = {
  br,
  ...(hasZstd(zlib) && { zstd: zstdOf(zlib) }),
  gzip,
};
