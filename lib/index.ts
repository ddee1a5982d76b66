/** The door of `composure`. */
export { type After, around, type Before, decorate } from "./decorate.js";
export { decorateRoutes } from "./decorate-routes.js";
export { file, serveFile } from "./file.js";
export { type Html, html, type Interpolation } from "./html.js";
export { type CacheControlOptions, withCacheControl } from "./middleware/cache-control.js";
export { withContext } from "./middleware/context.js";
export { withCookies } from "./middleware/cookies.js";
export { type ErrorsOptions, withErrors } from "./middleware/errors.js";
export { withHeaders } from "./middleware/headers.js";
export { type MimetypesOptions, withMimetypes } from "./middleware/mimetypes.js";
export { type MultipartOptions, withMultipart } from "./middleware/multipart.js";
export { type ParamsOptions, withParams } from "./middleware/params.js";
export { withSession } from "./middleware/session.js";
export { ignoreTrailingSlash } from "./middleware/trailing-slash.js";
export { withUriRewrite } from "./middleware/uri-rewrite.js";
export { type PathParams, type Pattern, pattern } from "./pattern.js";
export { render } from "./render.js";
export {
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
export type { SessionCookie, SessionOptions } from "./session/options.js";
export { type MemoryOptions, memoryStore } from "./stores/memory.js";
export type { CookieAttributes } from "./text/cookie.js";
export { type Pairs, type Typed, type TypedUpdate, typed } from "./typed.js";
export {
  type Awaitable,
  type Cookies,
  type Decorator,
  type Handler,
  type Json,
  type JsonMap,
  type Keep,
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
  type SessionRecord,
  type SessionStore,
  type Update,
  type Upload,
} from "./types.js";
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
