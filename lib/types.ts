/** The words of the contract as types: the two maps, handlers, decorators, updates, stores. */

/** A value, or a promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonMap;
export type JsonMap = { readonly [key: string]: Json | undefined };

/** The data of a session: a deeply frozen object, `{}` when there is none. */
export type Session = JsonMap;

/** Parameters by name, the last of a repeated name. */
export type Params = { readonly [name: string]: string | undefined };
/** Parameters by name; a repeated name gives an array, as in Ring. */
export type RepeatedParams = { readonly [name: string]: string | readonly string[] | undefined };
/** An uploaded file as `withMultipart` leaves it. */
export type Upload = {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly path: string;
};
/** A text, a list or a map of parameters, as `withNestedParams` makes them of `user[name]` and `tags[]`. */
export type NestedParam = string | readonly NestedParam[] | NestedParams;
export type NestedParams = { readonly [name: string]: NestedParam | undefined };
export type MultipartParams = { readonly [name: string]: unknown };
export type RouteParams = RepeatedParams | readonly (string | undefined)[];
export type Cookies = { readonly [name: string]: string | undefined };
export type RequestHeaders = { readonly [name: string]: string | undefined };

/** Node's own objects, as far as anything below the server looks at them. */
export type Raw = { readonly req: unknown; readonly res: unknown };

/** What routes note down for whoever stands around them; see docs/decisions. */
export const noted: unique symbol = Symbol("composure.noted");
export type Notes = {
  /** Which methods the path would have answered, of those routes that passed the request on. */
  allow: string[];
  declined: boolean;
  /** The pattern of the route that matched last. */
  route?: string | undefined;
};

/** What `withSession` found in the request, for when it saves. */
export const holding: unique symbol = Symbol("composure.holding");

/** What the contexts and decorated groups around a route tell it. */
export const within: unique symbol = Symbol("composure.within");
export type Within = {
  /** The patterns of the contexts so far. */
  readonly pattern: string;
  /** Runs the matched route inside the decorators of `decorateRoutes`. */
  readonly run?: ((request: Request, respond: Handler) => Awaitable<Response | null>) | undefined;
  /** What the innermost of those decorators calls. */
  readonly respond?: Handler | undefined;
};

/** The request map. Keys that are not there yet are undefined; a decorator's own keys stand beside these. */
export type Request<S = Session, P = Params> = {
  readonly method: string;
  /** The raw path, still percent-encoded, without the query. */
  readonly uri: string;
  readonly queryString?: string | undefined;
  readonly headers: RequestHeaders;
  readonly scheme?: "http" | "https" | undefined;
  readonly protocol?: string | undefined;
  readonly serverName?: string | undefined;
  readonly serverPort?: number | undefined;
  readonly remoteAddr?: string | undefined;
  readonly body?: RequestBody | undefined;
  /** Aborts when the client goes away. */
  readonly signal?: AbortSignal | undefined;
  readonly raw?: Raw | undefined;
  readonly params?: P | undefined;
  readonly queryParams?: RepeatedParams | undefined;
  readonly formParams?: RepeatedParams | undefined;
  readonly multipartParams?: MultipartParams | undefined;
  readonly routeParams?: RouteParams | undefined;
  readonly cookies?: Cookies | undefined;
  readonly session?: S | undefined;
  readonly flash?: JsonMap | undefined;
  readonly route?: string | undefined;
  readonly context?: string | undefined;
  readonly pathInfo?: string | undefined;
  /** Only under `withNestedParams`: query and form, with `user[name]` as maps. */
  readonly nestedParams?: NestedParams | undefined;
  /** Only under `withJson`: a JSON body. `valid` gives it a type. */
  readonly json?: unknown;
  /** Only under `withSecurityHeaders`: what scripts and style elements of the page must say. */
  readonly nonce?: string | undefined;
  /** Only under `withRequestId`. */
  readonly requestId?: string | undefined;
  readonly [noted]?: Notes | undefined;
  readonly [within]?: Within | undefined;
  readonly [holding]?: unknown;
  readonly [key: string]: unknown;
};

/** What a route's function gets: a request whose parameters and cookies are there. */
export type RouteRequest<S = Session, P = Params> = Request<S, P> & {
  readonly params: P;
  readonly queryParams: RepeatedParams;
  readonly formParams: RepeatedParams;
  readonly routeParams: RouteParams;
  readonly cookies: Cookies;
  readonly session: S;
  readonly flash: JsonMap;
  readonly route: string;
};

export type RequestBody =
  | string
  | Uint8Array
  | NodeJS.ReadableStream
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>;

/** A file to be sent, opened by the edge and not before. */
export type FileBody = {
  readonly file: string;
  readonly size?: number | undefined;
  /** When it was last changed, in milliseconds, where `file` is a real path: one that is not the same any more is not sent. */
  readonly changed?: number | undefined;
  /** The part to send, both ends included; all of it where there is none. */
  readonly part?: { readonly start: number; readonly end: number } | undefined;
};

/** Markup that is already escaped, as the `html` tag makes it. */
export type Markup = { readonly markup: string };

/** What a route may return, but for functions. */
export type PlainUpdate<S = Session> =
  | number
  | string
  | Markup
  | URL
  | ResponseBody
  | ResponseMap<S>
  | readonly Update<S>[]
  | null
  | undefined
  | false;

/** What a route may return: it updates the response being built. */
export type Update<S = Session> = PlainUpdate<S> | ((request: RouteRequest<S>) => Update<S>);

/** What a route may return as a whole: an update, `next`, or a promise of one. */
export type Result<S = Session> = Awaitable<Update<S> | typeof next>;

/** "Not mine, try the next route", as null, for those who like to say so. */
export const next: unique symbol = Symbol("composure.next");

export type ResponseBody =
  | string
  | Uint8Array
  | NodeJS.ReadableStream
  | ReadableStream
  | Blob
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>
  | FileBody;

export type ResponseHeaders = { readonly [name: string]: string | readonly string[] };

/** A connection that the edge hands over, in place of sending a response. */
export type Handover = {
  /** Node's request, with its socket; nothing has been written yet, and nothing read behind the head. */
  readonly req: unknown;
  /** What decorators and handlers want sent, such as cookies. */
  readonly headers: ResponseHeaders;
  /** Reports an error where the server reports its own. */
  readonly report: (error: unknown) => void;
};

/** The response map. */
export type Response<S = Session> = {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body?: ResponseBody | null | undefined;
  /** Only where the handler changed it; null when it was cleared. */
  readonly session?: S | null | undefined;
  readonly flash?: JsonMap | undefined;
  /** Takes the connection over, where the request asked for another protocol and the status is 200. What fails before it writes is a 500. */
  readonly upgrade?: ((handover: Handover) => Awaitable<void>) | undefined;
  readonly [key: string]: unknown;
};

/** A map that a route may return: what it names is merged into the response. */
export type ResponseMap<S = Session> = {
  readonly status?: number | undefined;
  readonly headers?: { readonly [name: string]: string | number | readonly string[] | undefined } | undefined;
  readonly body?: ResponseBody | null | undefined;
  readonly session?: S | null | undefined;
  readonly flash?: JsonMap | undefined;
  readonly [key: string]: unknown;
};

/** A request in, a response out; null means "not mine, try the next one". */
export type Handler = (request: Request) => Awaitable<Response | null>;
/** A handler in, a handler out. */
export type Decorator = (handler: Handler) => Handler;

/** What a session store keeps: a plain JSON object that the store does not look into. */
export type SessionRecord = JsonMap;

/** How long and for whom a record is kept. */
export type Keep = {
  /** Seconds; absent: for good. */
  readonly ttl?: number;
  /** Whose session it is, for stores with an index. */
  readonly subject?: string;
  /** The user's own words for it, for stores with an index. An update looks at them when `change` has run, and not before. */
  readonly label?: string;
  /** The record as `read` gave it in this request, for a store that spares a round trip by trying it first. */
  readonly held?: SessionRecord;
};

/** Keeps session records, each under the id that it is given. */
export interface SessionStore {
  /** The record under `id`, or null if there is none or its time is over. */
  read(id: string): Awaitable<SessionRecord | null>;
  /** Keeps a new record. */
  create(id: string, record: SessionRecord, keep: Keep): Awaitable<void>;
  /**
   * Replaces the record by `change(record)`, atomically. False if there is none (any more): then nothing was
   * written. `change` is pure and may run more than once.
   */
  update(id: string, change: (record: SessionRecord) => SessionRecord, keep: Keep): Awaitable<boolean>;
  /** Forgets the record. No error if there is none. */
  delete(id: string): Awaitable<void>;
  /** Renews the time of a record; one that is gone stays gone. Left out: an update that changes nothing is made instead. */
  touch?(id: string, keep: Keep): Awaitable<void>;
}

/** A session as the index of a store lists it. Times are milliseconds since 1970. */
export type SessionEntry = {
  /** What the store knows it by: `store.delete(id)` ends it. */
  readonly id: string;
  /** When it began under this id: at the login, as that gives a new one. */
  readonly created: number;
  /** When it was last written or renewed. */
  readonly seen: number;
  readonly label?: string | undefined;
};

/** A store that knows whose its sessions are. */
export interface SubjectStore extends SessionStore {
  /** The living sessions of a subject, the one seen last first. */
  sessionsOf(subject: string): Awaitable<readonly SessionEntry[]>;
  /** Ends all sessions that the subject has when this is called, also those that are about to go on under a new id. */
  deleteAllOf(subject: string): Awaitable<void>;
}
