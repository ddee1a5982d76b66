/** hono-sessions, with its memory store (ids as they are, not encrypted) or its encrypted cookies. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { CookieStore, MemoryStore, sessionMiddleware } from "hono-sessions";
import { login, pause, secret, sleep } from "./content.js";
import { measured } from "./measured.js";

const kinds = {
  memory: () => ({ store: new MemoryStore() }),
  cookie: () => ({ store: new CookieStore(), encryptionKey: secret }),
};

const [, , , kind] = process.argv;
const app = new Hono();
app.use(
  sessionMiddleware({ ...kinds[kind](), cookieOptions: { sameSite: "Lax", path: "/", httpOnly: true } }),
);

app.get("/login", (c) => {
  for (const [key, value] of Object.entries(login())) c.get("session").set(key, value);
  return c.text("Welcome");
});
app.get("/", (c) => c.text(`Hello ${c.get("session").get("name") ?? "stranger"}`));
app.get("/visit", (c) => {
  const session = c.get("session");
  const visits = (session.get("visits") ?? 0) + 1;
  session.set("visits", visits);
  return c.text(String(visits));
});
app.get("/flash", (c) => {
  const session = c.get("session");
  const notice = session.get("notice");
  session.flash("notice", "saved");
  return c.text(notice ?? "nothing");
});

app.get("/increment", async (c) => {
  const session = c.get("session");
  const count = session.get("count") ?? 0;
  await sleep(pause.increment);
  session.set("count", count + 1);
  return c.text("Done");
});
app.get("/count", (c) => c.text(String(c.get("session").get("count"))));
app.get("/slow", async (c) => {
  await sleep(pause.slow);
  c.get("session").set("seen", true);
  return c.text("Done");
});
app.get("/logout", (c) => {
  c.get("session").deleteSession();
  return c.text("Bye");
});

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => measured(server));
