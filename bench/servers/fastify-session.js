/**
 * @fastify/session with its memory store, connect-redis or connect-pg-simple, and @fastify/flash in the scenario that
 * needs it. It never touches a session: `rolling`, its default, saves all of it again so that its time is renewed.
 */
import fastifyCookie from "@fastify/cookie";
import fastifyFlash from "@fastify/flash";
import fastifySession from "@fastify/session";
import fastify from "fastify";
import { storeOf } from "./connect-stores.js";
import { login, pause, secret, sleep } from "./content.js";
import { measured } from "./measured.js";

const [, , , kind, extra] = process.argv;
const store = await storeOf(kind, fastifySession);
const app = fastify();
app.register(fastifyCookie);
app.register(fastifySession, { secret, store, saveUninitialized: false, cookie: { secure: false } });
if (extra === "flash") app.register(fastifyFlash);

app.get("/login", ({ session }) => {
  Object.assign(session, login());
  return "Welcome";
});
app.get("/", ({ session }) => `Hello ${session.name ?? "stranger"}`);
app.get("/visit", ({ session }) => {
  session.visits = (session.visits ?? 0) + 1;
  return String(session.visits);
});
app.get("/about", () => "About");
app.get("/flash", (request, reply) => {
  const [notice = "nothing"] = reply.flash("notice");
  request.flash("notice", "saved");
  return notice;
});

app.get("/increment", async ({ session }) => {
  const { count = 0 } = session;
  await sleep(pause.increment);
  session.count = count + 1;
  return "Done";
});
app.get("/count", ({ session }) => String(session.count));
app.get("/slow", async ({ session }) => {
  await sleep(pause.slow);
  session.seen = true;
  return "Done";
});
app.get("/logout", async ({ session }) => {
  await session.destroy();
  return "Bye";
});

await app.listen({ port: 0, host: "127.0.0.1" });
measured(app.server);
