/** What there is to know of anything thrown: an error, text, null, a proxy that throws. */

/** What may be found on something thrown. */
type Thrown = {
  readonly status?: unknown;
  readonly expose?: unknown;
  readonly message?: unknown;
  readonly headers?: object;
  readonly name?: unknown;
  readonly code?: unknown;
};

/** What there is to know of an error. */
export type Failure = Pick<Thrown, "name" | "code"> & {
  readonly status: number;
  readonly text: string;
  /** Whether its text and headers are meant for the client. */
  readonly isMeant: boolean;
  readonly headers: object;
};

const isErrorStatus = (status: unknown): status is number =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;

/** Only an error that is meant for the client says its status: one of an HTTP client has a `status` too. */
function read(error: unknown): Failure {
  const thrown: Thrown = typeof error === "object" && error !== null ? error : {};
  const { status, expose, message, headers, name, code } = thrown;
  const isMeant = expose === true && isErrorStatus(status);
  const text = String(isMeant || error instanceof Error ? message : error);
  return {
    status: isMeant ? status : 500,
    text,
    isMeant,
    headers: isMeant ? { ...headers } : {},
    name,
    code,
  };
}

const unreadable: Failure = {
  status: 500,
  text: "[an error that cannot be shown]",
  isMeant: false,
  headers: {},
};

/** Anything may be thrown, also what throws when it is looked at; so this is where errors are looked at. */
export function failureOf(error: unknown): Failure {
  try {
    return read(error);
  } catch {
    return unreadable;
  }
}
