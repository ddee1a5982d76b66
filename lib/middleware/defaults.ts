/** The usual decorators in the right order. Source: ring-defaults, ring/middleware/defaults.clj. */
import { decorate } from "../decorate.js";
import { checkNames, isPlain, wrong } from "../errors.js";
import { merged, put } from "../map.js";
import { sessionOptions } from "../session/options.js";
import type { Decorator, Session } from "../types.js";
import { withAntiForgery } from "./anti-forgery.js";
import { withCompression } from "./compression.js";
import { withCors } from "./cors.js";
import { type DefaultsName, type DefaultsOptions, presets, type Root } from "./defaults/presets.js";
import { withErrors } from "./errors.js";
import { withFiles } from "./files.js";
import { type ForwardedOptions, withForwarded } from "./forwarded.js";
import { withJson } from "./json.js";
import { withLint } from "./lint.js";
import { withLogger } from "./logger.js";
import { withMultipart } from "./multipart.js";
import { withNestedParams } from "./nested-params.js";
import { withNotModified } from "./not-modified.js";
import { withParams } from "./params.js";
import { withRequestId } from "./request-id.js";
import { withSecurityHeaders } from "./security-headers.js";
import { withSession } from "./session.js";
import { withSslRedirect } from "./ssl-redirect.js";
import { withStacktrace } from "./stacktrace.js";
import { withTimeout } from "./timeout.js";

export type { DefaultsName, DefaultsOptions } from "./defaults/presets.js";

type Name = keyof DefaultsOptions;
type Step = {
  readonly name: Name;
  readonly decoratorOf: (settings: DefaultsOptions) => Decorator | undefined;
};

/** A step of the order: nothing where its setting is false or missing. */
function step<Of extends Name>(
  name: Of,
  make: (options?: Exclude<DefaultsOptions[Of], boolean | undefined>) => Decorator,
): Step {
  return {
    name,
    decoratorOf({ [name]: setting }) {
      if (setting === undefined || setting === false) return undefined;
      return setting === true ? make() : make(setting as Exclude<DefaultsOptions[Of], boolean | undefined>);
    },
  };
}

const hasToken = ({ antiForgery }: DefaultsOptions): boolean =>
  typeof antiForgery === "object" && antiForgery.token === true;

/** A token is compared with the session; where only the origin counts, a request is refused before it is read. */
const forgery = step("antiForgery", withAntiForgery);
const forgeryByToken: Step = {
  ...forgery,
  decoratorOf: (settings) => (hasToken(settings) ? forgery.decoratorOf(settings) : undefined),
};
const forgeryByOrigin: Step = {
  ...forgery,
  decoratorOf: (settings) => (hasToken(settings) ? undefined : forgery.decoratorOf(settings)),
};

function filesOf(setting: DefaultsOptions["files"]): Decorator {
  if (typeof setting !== "object" || setting instanceof URL) return withFiles(setting as Root);
  const { root, ...options } = setting;
  return withFiles(root, options);
}

/** From the inside out; docs/defaults.md says why. */
const order: readonly Step[] = [
  step("lint", withLint),
  forgeryByToken,
  step("session", withSession),
  step("nestedParams", withNestedParams),
  step("json", withJson),
  step("multipart", withMultipart),
  step("params", withParams),
  forgeryByOrigin,
  step("files", filesOf),
  step("timeout", (seconds) => withTimeout(seconds as number)),
  step("stacktrace", withStacktrace),
  step("errors", withErrors),
  step("notModified", withNotModified),
  step("compression", withCompression),
  step("securityHeaders", withSecurityHeaders),
  step("cors", withCors),
  step("sslRedirect", withSslRedirect),
  step("logger", withLogger),
  step("requestId", withRequestId),
  step("forwarded", (options) => withForwarded(options as ForwardedOptions)),
];

const isMap = (value: unknown): value is object =>
  typeof value === "object" && value !== null && isPlain(value);

/** Settings over those of the preset: maps are merged, anything else but undefined takes the place of what was there. */
function over<Settings extends object>(settings: Settings, overrides: object): Settings {
  const all = merged(settings, {});
  for (const [key, value] of Object.entries(overrides)) {
    const given = (settings as Record<string, unknown>)[key];
    if (value === undefined || (value === true && isMap(given))) continue;
    put(all, key, isMap(given) && isMap(value) ? over(given, value) : value);
  }
  return all;
}

/** What is short for options of the session is to be merged as they are. */
const spelled = ({ session, ...others }: DefaultsOptions): DefaultsOptions => ({
  ...others,
  session: session === undefined || typeof session === "boolean" ? session : sessionOptions(session),
});

const hstsOf = (setting: DefaultsOptions["securityHeaders" | "sslRedirect"]) =>
  typeof setting === "object" ? setting?.strictTransportSecurity : undefined;

/** Two decorators tell browsers to come by https: what is said to one of them holds for both. */
function agreed(settings: DefaultsOptions): DefaultsOptions {
  const { securityHeaders = false, sslRedirect = false } = settings;
  const strictTransportSecurity = hstsOf(securityHeaders) ?? hstsOf(sslRedirect);
  if (strictTransportSecurity === undefined) return settings;
  const told = { strictTransportSecurity };
  return over(settings, { securityHeaders: securityHeaders && told, sslRedirect: sslRedirect && told });
}

/**
 * The usual decorators of a website, or of an API, in the right order.
 *
 * - `"site"`: sessions, anti-forgery, error pages, ETags and 304, security headers
 * - `"secureSite"`: the same by https only, with a cookie that no other host can set
 * - `"api"`: JSON bodies, errors, ETags and 304, security headers; no sessions
 *
 * In development there are `withStacktrace` and `withLint`, too. The overrides are options by the name of the
 * decorator without its "with": false leaves it out, true takes its defaults, and options are merged over those
 * of the preset.
 *
 * `withDefaults<Visit>(…)` is for apps whose sessions hold that, as those of `typed<Visit>()`.
 *
 * `decorate(app, withDefaults("site", { session: { expires: 600 }, files: "public", logger: true }))`
 *
 * Source: ring-defaults, ring/middleware/defaults.clj.
 * @throws TypeError for another preset or name, and whatever the decorators say of their options.
 */
export function withDefaults<S extends object = Session>(
  name: DefaultsName,
  overrides: DefaultsOptions<S> = {},
): Decorator {
  if (!Object.hasOwn(presets, name)) {
    throw wrong("withDefaults", `one of "${Object.keys(presets).join('", "')}" first`, name);
  }
  checkNames("withDefaults", overrides, [...new Set(order.map(({ name }) => name))]);
  const settings = agreed(over(presets[name], spelled(overrides as DefaultsOptions)));
  const decorators = order.flatMap(({ decoratorOf }) => decoratorOf(settings) ?? []);
  return (handler) => decorate(handler, ...decorators);
}
