/** The door of `composure/fetch`: the web's `Request` and `Response`, where there is no node:http. */
export { fromFetch } from "./fetch/from.js";
export { type FetchOptions, toFetch } from "./fetch/to.js";
export type { FetchHandler } from "./fetch/web.js";
