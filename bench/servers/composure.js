/** Composure as it was built into dist/. */
import {
  alterSession,
  clearSession,
  decorate,
  flashAssoc,
  GET,
  json,
  POST,
  routes,
  serve,
  sessionAssoc,
  text,
  withCacheControl,
  withCompression,
  withCookies,
  withDefaults,
  withFiles,
  withHeaders,
  withSession,
} from "../../dist/index.js";
import {
  bigStream,
  document,
  folder,
  login,
  pause,
  record,
  secret,
  sleep,
  streamSize,
  things,
} from "./content.js";
import { measured } from "./measured.js";

const increment = (session) => ({ ...session, count: (session.count ?? 0) + 1 });

const sessionRoutes = [
  GET("/login", () => [sessionAssoc(login()), text("Welcome")]),
  GET("/", ({ session }) => text(`Hello ${session.name ?? "stranger"}`)),
  GET("/visit", ({ session }) => {
    const visits = (session.visits ?? 0) + 1;
    return [sessionAssoc("visits", visits), text(String(visits))];
  }),
  GET("/flash", ({ flash }) => [flashAssoc("notice", "saved"), text(flash.notice ?? "nothing")]),
];

const racingRoutes = [
  GET("/increment", async () => {
    await sleep(pause.increment);
    return [alterSession(increment), text("Done")];
  }),
  GET("/count", ({ session }) => text(String(session.count))),
  GET("/slow", async () => {
    await sleep(pause.slow);
    return [sessionAssoc("seen", true), text("Done")];
  }),
  GET("/logout", [clearSession(), text("Bye")]),
];

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
  sessions: (type) =>
    decorate(
      routes(sessionRoutes, racingRoutes),
      withSession(type === "cookie" ? { type, keys: secret } : type),
    ),
};

const [, , part, option] = process.argv;
const { server } = await serve(parts[part](option), { port: 0, host: "127.0.0.1" });
measured(server);
