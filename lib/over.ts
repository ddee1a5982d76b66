/** When something is over, and whether it came to its end, as Node's own objects tell. */

/** What says by a "close" event that it is over: a stream, or Node's response. */
export type Closing = {
  readonly once: (event: "close", listener: () => void) => unknown;
  readonly off: (event: "close", listener: () => void) => unknown;
  readonly closed?: boolean;
  readonly destroyed?: boolean;
  /** Of a response, null while it waits for another on its connection. */
  readonly socket?: object | null;
};

export const isClosing = (value: unknown): value is Closing =>
  typeof (value as Partial<Closing> | null | undefined)?.once === "function";

/**
 * Acts once, when it is over, or at once if it is already. The signal matters where a response waits behind another on
 * its connection: if that breaks, Node closes only the first.
 */
export function whenOver(closing: Closing, signal: AbortSignal | undefined, act: () => void): void {
  const waits = !closing.socket;
  if (closing.closed || closing.destroyed || (waits && signal?.aborted)) {
    act();
    return;
  }
  const end = () => {
    closing.off("close", end);
    signal?.removeEventListener("abort", end);
    act();
  };
  closing.once("close", end);
  if (waits) signal?.addEventListener("abort", end);
}

/** What Node's request and response, of HTTP/1 or HTTP/2, tell of how the response ended. */
export type Ended = {
  readonly req: { readonly socket?: { readonly destroyed: boolean; readonly writableFinished: boolean } };
  readonly res: {
    readonly writableFinished: boolean;
    /** In HTTP/2 only. */
    readonly stream?: { readonly rstCode: number };
  };
};

/**
 * Whether a response that is over was cut short. HTTP/1 calls one finished whose last write failed, too, but then its
 * socket is gone before it has written all; HTTP/2 calls each finished, and knows by a code (RFC 9113 section 7) which were not.
 */
export const wasCut = ({ req: { socket }, res }: Ended): boolean =>
  res.stream === undefined
    ? !res.writableFinished || (socket?.destroyed === true && !socket.writableFinished)
    : res.stream.rstCode !== 0;
