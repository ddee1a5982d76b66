/** express-session on Express, with its memory store, connect-redis or connect-pg-simple. */
import express from "express";
import session from "express-session";
import { addRacingPaths, addSessionPaths } from "./connect-sessions.js";
import { storeOf } from "./connect-stores.js";
import { secret } from "./content.js";
import { measured } from "./measured.js";

const send = (res, body) => res.type("text").send(body);

const app = express();
const store = await storeOf(process.argv[3], session);
app.use(session({ secret, store, resave: false, saveUninitialized: false }));
addSessionPaths(app, send);
addRacingPaths(app, send);
const server = app.listen(0, "127.0.0.1", () => measured(server));
