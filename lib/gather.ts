/** Gathering the bytes of chunks in one buffer, so that many tiny ones take no more memory than a large one. */

export type Gathering = {
  /** Copies a chunk to the end. */
  readonly add: (chunk: Uint8Array) => void;
  /** All that has been added. */
  readonly all: () => Buffer;
};

/** Takes at most `limit` bytes; `add` throws `tooMuch()` past them. */
export function gathering(limit: number, tooMuch: () => Error): Gathering {
  let bytes = Buffer.alloc(0);
  let size = 0;
  const grow = (least: number) => {
    const larger = Buffer.allocUnsafe(Math.min(limit, Math.max(least, 2 * bytes.length)));
    larger.set(bytes.subarray(0, size));
    bytes = larger;
  };
  return {
    add(chunk) {
      const end = size + chunk.length;
      if (end > limit) throw tooMuch();
      if (end > bytes.length) grow(end);
      bytes.set(chunk, size);
      size = end;
    },
    all: () => bytes.subarray(0, size),
  };
}
