/** Decoding what was compressed, whole and as it comes, for the specs. */
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };

/** A stream that decodes a coding. */
export function decoderOf(encoding: string): Transform {
  if (encoding === "br") return zlib.createBrotliDecompress();
  if (encoding === "zstd" && createZstdDecompress) return createZstdDecompress();
  return zlib.createGunzip();
}

/** The text of compressed bytes. */
export async function decoded(encoding: string, bytes: Uint8Array): Promise<string> {
  const decoder = decoderOf(encoding).setEncoding("utf8");
  decoder.end(bytes);
  let text = "";
  for await (const chunk of decoder) text += chunk;
  return text;
}
