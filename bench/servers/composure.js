/** Composure as it was built into dist/. */
import {
  decorate,
  GET,
  json,
  POST,
  routes,
  serve,
  text,
  withCacheControl,
  withCompression,
  withCookies,
  withDefaults,
  withFiles,
  withHeaders,
  withSession,
} from "../../dist/index.js";
import { nodeRedis, pgPool } from "./clients.js";
import { sessionRoutes } from "./composure-sessions.js";
import { bigStream, document, folder, idle, record, secret, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

/** What withSession is told. */
const kinds = {
  memory: () => "memory",
  cookie: () => ({ type: "cookie", keys: secret }),
  async redis() {
    const { redisStore } = await import("../../dist/redis.js");
    return { type: redisStore(await nodeRedis()), expires: idle };
  },
  async postgres() {
    const { postgresStore } = await import("../../dist/postgres.js");
    const store = postgresStore(await pgPool());
    await store.migrate();
    return { type: store, expires: idle };
  },
};

const parts = {
  hello: () => GET("/", text("Hello")),
  routes: (count) =>
    routes(things(count).map((thing) => GET(`/${thing}/:id`, ({ params }) => text(params.id)))),
  decorators: () =>
    decorate(
      GET("/", ({ cookies }) => text(`Hello in ${cookies.theme ?? "light"}`)),
      withHeaders({ "x-frame-options": "DENY" }),
      withCacheControl({ maxAge: 3600, mustRevalidate: true }),
      withCookies(),
    ),
  json: () => GET("/", () => json(record)),
  form: () => POST("/", ({ params }) => text(params.name)),
  static: () => decorate(routes(), withFiles(folder())),
  site: () =>
    decorate(
      GET("/", () => document),
      withDefaults("site", { files: folder() }),
    ),
  compressed: () =>
    decorate(
      GET("/", () => document),
      withCompression(),
    ),
  stream: () =>
    GET("/", () => ({
      headers: { "content-type": "application/octet-stream", "content-length": streamSize },
      body: bigStream(),
    })),
  sessions: async (kind) => decorate(sessionRoutes, withSession(await kinds[kind]())),
};

const [, , part, option] = process.argv;
const { server } = await serve(await parts[part](option), { port: 0, host: "127.0.0.1" });
measured(server);
