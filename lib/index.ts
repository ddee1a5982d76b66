/** The door of `composure`. */
export { antiForgeryField, antiForgeryToken } from "./anti-forgery.js";
export { type After, around, type Before, decorate } from "./decorate.js";
export { decorateRoutes } from "./decorate-routes.js";
export { type EventsOptions, events } from "./events.js";
export { file, serveFile } from "./file.js";
export type { StrictTransportSecurity } from "./hsts.js";
export { type Html, html, type Interpolation } from "./html.js";
export { type AntiForgeryOptions, withAntiForgery } from "./middleware/anti-forgery.js";
export { type CacheControlOptions, withCacheControl } from "./middleware/cache-control.js";
export {
  type CompressionOptions,
  withCompression,
} from "./middleware/compression.js";
export { withContext } from "./middleware/context.js";
export { withCookies } from "./middleware/cookies.js";
export { type CorsOptions, withCors } from "./middleware/cors.js";
export { type DefaultsName, type DefaultsOptions, withDefaults } from "./middleware/defaults.js";
export { type ErrorsOptions, type Problem, type ProblemHandler, withErrors } from "./middleware/errors.js";
export { type FilesOptions, withFiles } from "./middleware/files.js";
export { type ForwardedOptions, withForwarded } from "./middleware/forwarded.js";
export { withHeaders } from "./middleware/headers.js";
export { type JsonOptions, withJson } from "./middleware/json.js";
export { withLint } from "./middleware/lint.js";
export { type LogEntry, type LoggerOptions, withLogger } from "./middleware/logger.js";
export { type MimetypesOptions, withMimetypes } from "./middleware/mimetypes.js";
export { type MultipartOptions, withMultipart } from "./middleware/multipart.js";
export { type NestedParamsOptions, withNestedParams } from "./middleware/nested-params.js";
export { withNotModified } from "./middleware/not-modified.js";
export { type ParamsOptions, withParams } from "./middleware/params.js";
export { withRequestId } from "./middleware/request-id.js";
export { type SecurityHeadersOptions, withSecurityHeaders } from "./middleware/security-headers.js";
export { withSession } from "./middleware/session.js";
export { type SslRedirectOptions, withSslRedirect } from "./middleware/ssl-redirect.js";
export { withStacktrace } from "./middleware/stacktrace.js";
export { withTimeout } from "./middleware/timeout.js";
export { ignoreTrailingSlash } from "./middleware/trailing-slash.js";
export { withUriRewrite } from "./middleware/uri-rewrite.js";
export { type Schemas, type ValidRequest, valid } from "./middleware/valid.js";
export type { AllowOrigin, Origins } from "./origins.js";
export { type PathParams, type Pattern, pattern } from "./pattern.js";
export { render } from "./render.js";
export {
  attachment,
  contentType,
  deleteCookie,
  header,
  json,
  pageNotFound,
  redirectLocal,
  redirectTo,
  setCookie,
  status,
  text,
} from "./response.js";
export {
  ANY,
  type Body,
  context,
  DELETE,
  GET,
  type Handlers,
  HEAD,
  OPTIONS,
  PATCH,
  POST,
  PUT,
  type RouteBuilder,
  routes,
} from "./routes.js";
export { type ConnectMiddleware, type ConnectNext, fromConnect } from "./server/connect.js";
export {
  type CloseOptions,
  type Listener,
  type ListenerOptions,
  listener,
  type ServeOptions,
  type Serving,
  serve,
  type Upgrader,
  upgrader,
} from "./server.js";
export type { SessionCookie } from "./session/cookie.js";
export type { SessionOptions, StoreErrorHandler } from "./session/options.js";
export type { StandardSchema } from "./standard-schema.js";
export { type MemoryOptions, memoryStore } from "./stores/memory.js";
export type { CookieAttributes } from "./text/cookie.js";
export type { EventItem } from "./text/event.js";
export type { Policy } from "./text/policy.js";
export type { RequestTrace } from "./traced.js";
export { type Pairs, type Typed, type TypedUpdate, typed } from "./typed.js";
export {
  type Awaitable,
  type Cookies,
  type Decorator,
  type Handler,
  type Json,
  type JsonMap,
  type Keep,
  type NestedParam,
  type NestedParams,
  next,
  type Params,
  type RepeatedParams,
  type Request,
  type Response,
  type ResponseBody,
  type ResponseMap,
  type Result,
  type RouteRequest,
  type Session,
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
  type SubjectStore,
  type Update,
  type Upload,
} from "./types.js";
export type { Issue } from "./unprocessable.js";
export {
  alterSession,
  clearSession,
  flashAssoc,
  recreateSession,
  type SessionUpdate,
  sessionAssoc,
  sessionDissoc,
  setSession,
} from "./updates.js";
