/** Read by the compiler only: what an application says of its sessions once is checked everywhere, and wrong programs do not compile. */
import {
  alterSession,
  decorate,
  flashAssoc,
  GET,
  html,
  next,
  POST,
  type Request,
  type Response,
  routes,
  sessionAssoc,
  sessionDissoc,
  setSession,
  typed,
  withSession,
} from "../../lib/index.js";

type Mine = { name?: string; count?: number; cart?: readonly string[] };
const my = typed<Mine>();

export const right = decorate(
  my.routes(
    my.GET("/", ({ session }) => `Hello ${session.name?.toUpperCase() ?? "stranger"}`),
    my.GET("/count", ({ session: { count = 0 } }) => [my.sessionAssoc("count", count + 1), String(count)]),
    my.POST("/name", ({ params }) => [my.sessionAssoc("name", params.name), "set"]),
    my.POST("/both", ({ params }) => [my.sessionAssoc("name", params.name, "count", 1), "set"]),
    my.POST("/map", () => [my.sessionAssoc({ name: "Ada", cart: ["tea"] }), "set"]),
    my.POST("/drop", () => [my.sessionDissoc("name", "cart"), "dropped"]),
    my.POST("/alter", () => [
      my.alterSession((session, by: number) => ({ ...session, count: (session.count ?? 0) + by }), 2),
      "x",
    ]),
    my.POST("/whole", () => [my.setSession({ name: "Ada" }), my.setSession(null), "set"]),
    my.POST("/whole-map", () => ({ session: { name: "Ada" } })),
    my.context(
      "/user/:id",
      my.GET("/", ({ params }) => params.id ?? "none"),
    ),
  ),
  my.withSession({ type: "memory", subject: (session) => session.name }),
);

export const wrong = [
  // @ts-expect-error the key does not exist
  my.sessionAssoc("nam", "Ada"),
  // @ts-expect-error the value has another type
  my.sessionAssoc("name", 5),
  // @ts-expect-error the second key does not exist
  my.sessionAssoc("name", "Ada", "nope", 1),
  // @ts-expect-error the second value has another type
  my.sessionAssoc("name", "Ada", "count", "1"),
  // @ts-expect-error the map has a key that does not exist
  my.sessionAssoc({ nope: 1 }),
  // @ts-expect-error the map has a value of another type
  my.sessionAssoc({ count: "1" }),
  // @ts-expect-error the key does not exist
  my.sessionDissoc("nope"),
  // @ts-expect-error the session has a key that does not exist
  my.setSession({ nope: 1 }),
  // @ts-expect-error the function gives another session
  my.alterSession(() => ({ count: "1" })),
  // @ts-expect-error the function wants an argument that is not given
  my.alterSession((session, by: number) => ({ ...session, count: by })),
  // @ts-expect-error a session has no such key
  my.GET("/", ({ session }) => session.nope),
  // @ts-expect-error a key of another type
  my.GET("/", ({ session }) => session.count.toUpperCase()),
  // @ts-expect-error the session is read only
  my.GET("/", ({ session }) => ((session as Readonly<Mine>).name = "x")),
  // @ts-expect-error the map sets a session of another type
  my.GET("/", () => ({ session: { count: "1" } })),
  // @ts-expect-error whose session it is, is text
  my.withSession({ subject: (session) => session.count }),
];

export const plain = decorate(
  routes(
    GET(
      "/user/:id",
      ({ params, session }) =>
        html`${params.id.toUpperCase()} ${String(session.any)} ${params.other ?? "none"}`,
    ),
    POST("/a", async ({ params }) => [
      sessionAssoc("a", { deep: [1, "x", null] }),
      flashAssoc("notice", params.x ?? ""),
      "ok",
    ]),
    POST("/b", () => [
      sessionDissoc("a"),
      setSession({ any: [1] }),
      alterSession((session, n: number) => ({ ...session, n }), 1),
      201,
    ]),
    GET("/c", () => next),
    GET("/welcome", ({ session }) => html`Hello ${session.name ?? "stranger"}`),
    GET("/d", async () => null),
    GET("/e", [201, "constant"]),
    GET(/\/f(.*)/, ({ params }) => params[0] ?? "x"),
    (request: Request): Response => ({ status: 200, headers: {}, body: request.uri }),
  ),
  withSession({ type: "memory", expires: 600 }),
);

export const wrongPlain = [
  // @ts-expect-error JSON holds no function
  sessionAssoc("fn", () => 1),
  // @ts-expect-error JSON holds no bigint
  sessionAssoc("id", 10n),
  // @ts-expect-error JSON holds no Date; what would come back is text
  setSession({ at: new Date() }),
  // @ts-expect-error a promise belongs around a vector
  GET("/", () => [Promise.resolve("x")]),
  // @ts-expect-error next is a whole result
  GET("/", () => [next]),
  // @ts-expect-error a path is text or an expression
  GET(5, "x"),
  // @ts-expect-error no such type of session
  withSession({ type: "redis" }),
  // @ts-expect-error a misspelt option
  withSession({ expire: 600 }),
  // @ts-expect-error true is no update
  GET("/", () => true),
];

/** An option may be left open by undefined, as `process.env` gives it. */
const secret: string | undefined = process.env.SECRET;
my.withSession({ expires: undefined, lifetime: undefined, subject: undefined, keys: secret });
my.withSession({
  label: ({ name }) => name,
  revoked: async ({ name }, sealed: number) => name === "Eve" && sealed < 5,
});
my.withSession({
  onStoreError: (error, request, goOn) => (request.method === "GET" ? goOn() : Promise.reject(error)),
});
// @ts-expect-error a session of this app has no device
my.withSession({ label: ({ device }) => device });
// @ts-expect-error revoked says yes or no
withSession({ type: "cookie", revoked: () => undefined });
withSession({ label: undefined, revoked: undefined, onStoreError: undefined });
withSession({ type: undefined, cookie: { name: undefined, domain: undefined }, deadline: undefined });
