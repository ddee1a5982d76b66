/** @fastify/secure-session: encrypted by libsodium, under a key that is given as bytes. */
import fastifySecureSession from "@fastify/secure-session";
import fastify from "fastify";
import { login, secret } from "./content.js";
import { measured } from "./measured.js";

const app = fastify();
app.register(fastifySecureSession, {
  key: Buffer.from(secret.slice(0, 32)),
  cookie: { path: "/", httpOnly: true },
});

app.get("/login", ({ session }) => {
  for (const [key, value] of Object.entries(login())) session.set(key, value);
  return "Welcome";
});
app.get("/", ({ session }) => `Hello ${session.get("name") ?? "stranger"}`);
app.get("/visit", ({ session }) => {
  const visits = (session.get("visits") ?? 0) + 1;
  session.set("visits", visits);
  return String(visits);
});

await app.listen({ port: 0, host: "127.0.0.1" });
measured(app.server);
