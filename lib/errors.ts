/** The wording of errors (expected, got, what to do) and errors that are responses. */

/** An error that the edge and `withErrors` answer with its `status`, and with its message where `expose` is true. */
export type HttpError = Error & {
  readonly status: number;
  readonly expose: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

export type HttpErrorOptions = {
  /** What lies behind it: logged, never shown. */
  readonly cause?: unknown;
  /** Header fields for the response. */
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * An error that stands for a response, as the http-errors package makes them.
 *
 * `throw httpError(413, "The form is larger than 1 MiB")`
 */
export function httpError(status: number, message: string, options: HttpErrorOptions = {}): HttpError {
  const { cause, headers } = options;
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { status, expose: true }, headers && { headers });
}

const longest = 80;

const shortened = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** Whether an object is a plain map, also of another realm: its prototype, if any, is the root of all. */
export function isPlain(value: object): boolean {
  const proto: object | null = Object.getPrototypeOf(value);
  return proto === Object.prototype || proto === null || Object.getPrototypeOf(proto) === null;
}

const named = (value: object): string => {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
};

/** What a value looks like in one short line, for "got …"; it never throws and calls no code of the value's. */
export function show(value: unknown): string {
  if (typeof value === "string") return shortened(JSON.stringify(value));
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== "object" || value === null) return String(value);
  const keys = Object.keys(value);
  if (!isPlain(value)) return `${/^[AEIO]/i.test(named(value)) ? "an" : "a"} ${named(value)}`;
  return keys.length === 0 ? "{}" : shortened(`an object with ${keys.join(", ")}`);
}

/** `wrong("withSession", "a positive number of seconds as \"expires\"", -1)` makes the TypeError of a wrong option. */
export function wrong(who: string, expected: string, got: unknown, hint = ""): TypeError {
  return new TypeError(`${who}: expected ${expected}, got ${show(got)}${hint === "" ? "" : `. ${hint}`}`);
}

/** Refuses options of other names: a misspelt one would be left out in silence. */
export function checkNames(who: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || !isPlain(options)) {
    throw wrong(who, "a map of options", options);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw wrong(who, `options among ${known.join(", ")}`, name);
  }
}
