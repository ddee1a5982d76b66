/** Builders that know what an application's sessions hold; nothing is declared globally. */

import { withSession } from "./middleware/session.js";
import {
  ANY,
  context,
  DELETE,
  GET,
  HEAD,
  OPTIONS,
  PATCH,
  POST,
  PUT,
  type RouteBuilder,
  routes,
} from "./routes.js";
import type { SessionOptions } from "./session/options.js";
import type { Decorator, Request, ResponseMap, SessionStore } from "./types.js";
import { alterSession, sessionAssoc, sessionDissoc, setSession } from "./updates.js";

/** An update of a session that holds `S`. */
export type TypedUpdate<S> = (request: Request<S>) => ResponseMap<S>;

/** A key and its value, and more of them in turn. */
export type Pairs<S> = readonly [] | { [Key in keyof S]-?: readonly [Key, S[Key], ...unknown[]] }[keyof S];

export type Typed<S extends object> = {
  readonly GET: RouteBuilder<S>;
  readonly POST: RouteBuilder<S>;
  readonly PUT: RouteBuilder<S>;
  readonly PATCH: RouteBuilder<S>;
  readonly DELETE: RouteBuilder<S>;
  readonly HEAD: RouteBuilder<S>;
  readonly OPTIONS: RouteBuilder<S>;
  readonly ANY: RouteBuilder<S>;
  readonly routes: typeof routes;
  readonly context: typeof context;
  readonly withSession: (options?: SessionOptions<S> | "memory" | "cookie" | SessionStore) => Decorator;
  readonly setSession: (value: S | null) => TypedUpdate<S>;
  readonly sessionAssoc: {
    (values: Partial<S>): TypedUpdate<S>;
    <Key extends keyof S & string>(key: Key, value: S[Key] | undefined): TypedUpdate<S>;
    <A extends keyof S & string, B extends keyof S & string>(
      a: A,
      valueOfA: S[A] | undefined,
      b: B,
      valueOfB: S[B] | undefined,
    ): TypedUpdate<S>;
  };
  readonly sessionDissoc: (...keys: readonly (keyof S & string)[]) => TypedUpdate<S>;
  readonly alterSession: <Args extends readonly unknown[]>(
    fn: (session: Readonly<S>, ...args: Args) => S,
    ...args: Args
  ) => TypedUpdate<S>;
};

const builders = {
  GET,
  POST,
  PUT,
  PATCH,
  DELETE,
  HEAD,
  OPTIONS,
  ANY,
  routes,
  context,
  withSession,
  setSession,
  sessionAssoc,
  sessionDissoc,
  alterSession,
};

/**
 * The builders for an application whose sessions hold `S`: the same functions, checked by the compiler.
 *
 * `const { GET, POST, sessionAssoc, withSession } = typed<{ name?: string }>()`
 */
export const typed = <S extends object>(): Typed<S> => builders as unknown as Typed<S>;
