/** Composure as it was built into dist/. */
import {
  alterSession,
  decorate,
  GET,
  html,
  routes,
  serve,
  sessionAssoc,
  withCacheControl,
  withCookies,
  withHeaders,
  withSession,
} from "../../dist/index.js";
import { measured } from "./measured.js";

const login = GET("/login", [sessionAssoc({ name: "Ada", count: 0 }), "Welcome"]);
const increment = (session) => ({ ...session, count: session.count + 1 });

const scenarios = {
  hello: () => routes(GET("/", "Hello")),
  param: () =>
    routes(
      Array.from({ length: 200 }, (_, index) =>
        GET(`/thing-${index}/:id`, ({ params }) => html`${params.id}`),
      ),
    ),
  decorators: () =>
    decorate(
      routes(GET("/", "Hello")),
      withHeaders({ "x-frame-options": "DENY" }),
      withCacheControl({ maxAge: 3600, mustRevalidate: true }),
      withCookies(),
    ),
  "session-read": () =>
    decorate(
      routes(
        login,
        GET("/", ({ session }) => html`Hello ${session.name}`),
      ),
      withSession(),
    ),
  "session-write": () =>
    decorate(
      routes(login, GET("/count", [alterSession(increment), ({ session }) => String(session.count)])),
      withSession(),
    ),
};

const { server } = await serve(scenarios[process.argv[2]](), { port: 0 });
measured(server);
