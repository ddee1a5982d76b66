/** Express. */
import { pipeline } from "node:stream";
import cookieParser from "cookie-parser";
import express from "express";
import { bigStream, folder, record, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

const send = (res, body) => res.type("text").send(body);

const parts = {
  hello(app) {
    app.get("/", (_, res) => send(res, "Hello"));
  },
  routes(app, count) {
    for (const thing of things(count)) app.get(`/${thing}/:id`, ({ params }, res) => send(res, params.id));
  },
  decorators(app) {
    app.use((_, res, next) => {
      res.set("x-frame-options", "DENY");
      next();
    });
    app.use((_, res, next) => {
      res.set("cache-control", "max-age=3600, must-revalidate");
      next();
    });
    app.use(cookieParser());
    app.get("/", ({ cookies }, res) => send(res, `Hello in ${cookies.theme ?? "light"}`));
  },
  json(app) {
    app.get("/", (_, res) => res.json(record));
  },
  form(app) {
    app.use(express.urlencoded());
    app.post("/", ({ body }, res) => send(res, body.name));
  },
  static(app) {
    app.use(express.static(folder()));
  },
  stream(app) {
    app.get("/", (_, res) => {
      res.type("application/octet-stream").set("content-length", String(streamSize));
      pipeline(bigStream(), res, () => {});
    });
  },
};

const [, , part, option] = process.argv;
const app = express();
parts[part](app, option);
const server = app.listen(0, "127.0.0.1", () => measured(server));
