/** express-session on Polka, with its memory store, connect-redis or connect-pg-simple. */
import session from "express-session";
import polka from "polka";
import { addRacingPaths, addSessionPaths } from "./connect-sessions.js";
import { storeOf } from "./connect-stores.js";
import { secret } from "./content.js";
import { measured } from "./measured.js";

const send = (res, body) => {
  res.setHeader("content-type", "text/plain; charset=utf-8");
  res.end(body);
};

const app = polka();
const store = await storeOf(process.argv[3], session);
app.use(session({ secret, store, resave: false, saveUninitialized: false }));
addSessionPaths(app, send);
addRacingPaths(app, send);
app.listen(0, "127.0.0.1", () => measured(app.server));
