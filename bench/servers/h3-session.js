/** The sealed cookies of h3's useSession. */
import { createServer } from "node:http";
import { H3, useSession } from "h3";
import { toNodeHandler } from "h3/node";
import { login, secret } from "./content.js";
import { measured } from "./measured.js";

const open = (event) => useSession(event, { password: secret });

const app = new H3();
app.get("/login", async (event) => {
  const session = await open(event);
  await session.update(login());
  return "Welcome";
});
app.get("/", async (event) => {
  const { data } = await open(event);
  return `Hello ${data.name ?? "stranger"}`;
});
app.get("/visit", async (event) => {
  const session = await open(event);
  const visits = (session.data.visits ?? 0) + 1;
  await session.update({ visits });
  return String(visits);
});

const server = createServer(toNodeHandler(app));
server.listen(0, "127.0.0.1", () => measured(server));
