/** What `withDefaults` is made with, and what it has where nothing is said. */
import type { SessionChoice } from "../../session/options.js";
import type { Policy } from "../../text/policy.js";
import type { Session } from "../../types.js";
import type { AntiForgeryOptions } from "../anti-forgery.js";
import type { CompressionOptions } from "../compression.js";
import type { CorsOptions } from "../cors.js";
import type { ErrorsOptions } from "../errors.js";
import type { FilesOptions } from "../files.js";
import type { ForwardedOptions } from "../forwarded.js";
import type { JsonOptions } from "../json.js";
import type { LoggerOptions } from "../logger.js";
import type { MultipartOptions } from "../multipart.js";
import type { NestedParamsOptions } from "../nested-params.js";
import type { ParamsOptions } from "../params.js";
import type { SecurityHeadersOptions } from "../security-headers.js";
import type { SslRedirectOptions } from "../ssl-redirect.js";

/** Options of a decorator, true for its defaults, false to leave it out. */
type Setting<Options> = boolean | Options | undefined;

export type Root = string | URL;

/** What each decorator is made with, by its name without the "with"; `S` is what the sessions hold. */
export type DefaultsOptions<S = Session> = {
  readonly antiForgery?: Setting<AntiForgeryOptions>;
  readonly compression?: Setting<CompressionOptions>;
  readonly cors?: Setting<CorsOptions>;
  readonly errors?: Setting<ErrorsOptions>;
  /** A folder, or a map with it as `root`. */
  readonly files?: false | Root | (FilesOptions & { readonly root: Root }) | undefined;
  readonly forwarded?: false | ForwardedOptions | undefined;
  readonly json?: Setting<JsonOptions>;
  readonly lint?: boolean | undefined;
  readonly logger?: Setting<LoggerOptions>;
  readonly multipart?: Setting<MultipartOptions>;
  readonly nestedParams?: Setting<NestedParamsOptions>;
  readonly notModified?: boolean | undefined;
  readonly params?: Setting<ParamsOptions>;
  readonly requestId?: boolean | undefined;
  readonly securityHeaders?: Setting<SecurityHeadersOptions>;
  readonly session?: Setting<SessionChoice<S>>;
  readonly sslRedirect?: Setting<SslRedirectOptions>;
  readonly stacktrace?: boolean | undefined;
  /** Seconds. */
  readonly timeout?: false | number | undefined;
};

export type DefaultsName = "site" | "api" | "secureSite";

const site: DefaultsOptions = {
  lint: true,
  session: true,
  antiForgery: true,
  stacktrace: true,
  errors: true,
  notModified: true,
  securityHeaders: true,
};

/** What an API answers is no page: it loads nothing, and stands in no frame. */
const noPage: Policy = {
  defaultSrc: "'none'",
  baseUri: "'none'",
  formAction: "'none'",
  frameAncestors: "'none'",
  imgSrc: false,
  objectSrc: false,
  scriptSrc: false,
  scriptSrcAttr: false,
  styleSrc: false,
  styleSrcAttr: false,
  upgradeInsecureRequests: false,
};

export const presets: { readonly [Name in DefaultsName]: DefaultsOptions } = {
  site,
  secureSite: {
    ...site,
    session: { cookie: { name: "__Host-session", secure: true } },
    sslRedirect: true,
  },
  api: {
    lint: true,
    json: true,
    stacktrace: true,
    errors: true,
    notModified: true,
    securityHeaders: { contentSecurityPolicy: noPage },
  },
};
