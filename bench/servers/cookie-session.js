/** cookie-session on Express: it signs, but does not encrypt. */
import cookieSession from "cookie-session";
import express from "express";
import { addSessionPaths } from "./connect-sessions.js";
import { secret } from "./content.js";
import { measured } from "./measured.js";

const send = (res, body) => res.type("text").send(body);

const app = express();
app.use(cookieSession({ keys: [secret] }));
addSessionPaths(app, send);
const server = app.listen(0, "127.0.0.1", () => measured(server));
