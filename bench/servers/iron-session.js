/** iron-session on Polka. */
import { getIronSession } from "iron-session";
import polka from "polka";
import { login, secret } from "./content.js";
import { measured } from "./measured.js";

const open = (req, res) => getIronSession(req, res, { password: secret, cookieName: "session" });

const send = (res, body) => {
  res.setHeader("content-type", "text/plain; charset=utf-8");
  res.end(body);
};

const app = polka();
app.get("/login", async (req, res) => {
  const session = await open(req, res);
  Object.assign(session, login());
  await session.save();
  send(res, "Welcome");
});
app.get("/", async (req, res) => {
  const session = await open(req, res);
  send(res, `Hello ${session.name ?? "stranger"}`);
});
app.get("/visit", async (req, res) => {
  const session = await open(req, res);
  session.visits = (session.visits ?? 0) + 1;
  await session.save();
  send(res, String(session.visits));
});
app.listen(0, "127.0.0.1", () => measured(app.server));
