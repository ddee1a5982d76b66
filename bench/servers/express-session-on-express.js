/** express-session on Express, with its memory store. */
import express from "express";
import session from "express-session";
import { addRacingPaths, addSessionPaths } from "./connect-sessions.js";
import { secret } from "./content.js";
import { measured } from "./measured.js";

const send = (res, body) => res.type("text").send(body);

const app = express();
app.use(session({ secret, resave: false, saveUninitialized: false }));
addSessionPaths(app, send);
addRacingPaths(app, send);
const server = app.listen(0, "127.0.0.1", () => measured(server));
