/** Reports of what may fail for every request of an hour: the cause once, then how often, so that no disk fills. */

export type Reports = {
  /** Something failed: told at once where nothing like it was told lately, else counted. */
  readonly failed: (line: string, cause: unknown) => void;
  /** It works again: told where the last line said that it fails. */
  readonly recovered: (line: string) => void;
};

type Tell = (...words: readonly [line: string, cause?: unknown]) => void;

/** The line goes in as an argument, since console.error takes a `%` in it for its own. */
const toConsole: Tell = (...words) => console.error("%s", ...words);

/** How many different lines are told, until a minute has passed without a failure. */
const most = 10;

/** Tells of failures: of each kind once, then in each minute how many more there were. */
export function sparseReports(tell: Tell = toConsole, minute = 60_000): Reports {
  const told = new Set<string>();
  let last: { readonly line: string; readonly cause: unknown } | undefined;
  let more = 0;
  let isCounting = false;
  let isFailing = false;
  /** Whether the last line told says that something fails. */
  let isOpen = false;

  const count = (): void => {
    isCounting = true;
    setTimeout(sum, minute).unref();
  };

  const sum = (): void => {
    if (last === undefined) {
      isCounting = false;
      told.clear();
      return;
    }
    const { line, cause } = last;
    tell(`withSession: ${more} more failures${isFailing ? "" : ", over by now"}, the last: ${line}`, cause);
    isOpen = isFailing;
    more = 0;
    last = undefined;
    count();
  };

  return {
    failed(line, cause) {
      isFailing = true;
      if (!isCounting) count();
      if (told.has(line) || told.size >= most) {
        more += 1;
        last = { line, cause };
        return;
      }
      told.add(line);
      isOpen = true;
      tell(`withSession: ${line}`, cause);
    },
    recovered(line) {
      isFailing = false;
      if (isOpen) tell(`withSession: ${line}`);
      isOpen = false;
    },
  };
}
