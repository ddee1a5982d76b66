/** What becomes of calls that may fail, as values to compare. */

/** What a call comes to as text: its answer, or its error by name and message, as in "TypeError: no". */
export const outcomeOf = (answer: unknown): Promise<string> => Promise.resolve(answer).then(String, String);

export type Failure = Error & { readonly code?: unknown; readonly status?: number; readonly cause: Failure };

/** The error that a call throws or rejects with. */
export async function failureOf(call: () => unknown): Promise<Failure> {
  let answer: unknown;
  try {
    answer = await call();
  } catch (error) {
    return error as Failure;
  }
  throw new Error(`Expected a failure, got ${answer}`);
}
