/** The `strict-transport-security` field: RFC 6797. */
import { checkNames, wrong } from "./errors.js";

export type StrictTransportSecurity = {
  /** Seconds for which browsers come by https only. Default: a year. */
  readonly maxAge?: number | undefined;
  /** Whether this holds for all names below the host's, too. Default: true. */
  readonly includeSubDomains?: boolean | undefined;
  /** Whether browsers may have it built in; see https://hstspreload.org. Default: false. */
  readonly preload?: boolean | undefined;
};

const year = 365 * 24 * 60 * 60;

function checkFlag(who: string, name: string, value: unknown): void {
  if (typeof value !== "boolean") throw wrong(who, `true or false as "${name}"`, value);
}

/**
 * The value of the field; undefined for `false`, which leaves it out.
 *
 * @throws TypeError for other options, and where those who keep the built-in list would refuse them.
 */
export function strictTransport(who: string, options: StrictTransportSecurity | false): string | undefined {
  if (options === false) return undefined;
  checkNames(who, options, ["maxAge", "includeSubDomains", "preload"]);
  const { maxAge = year, includeSubDomains = true, preload = false } = options;
  if (!Number.isSafeInteger(maxAge) || maxAge < 0) {
    throw wrong(who, 'a whole number of seconds as "maxAge"', maxAge);
  }
  checkFlag(who, "includeSubDomains", includeSubDomains);
  checkFlag(who, "preload", preload);
  if (preload && !(includeSubDomains && maxAge >= year)) {
    throw wrong(who, '"preload" with "includeSubDomains" and a "maxAge" of a year', options);
  }
  return `max-age=${maxAge}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
}
