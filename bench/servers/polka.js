/** Polka, with the middleware of Connect. */
import { pipeline } from "node:stream";
import bodyParser from "body-parser";
import cookieParser from "cookie-parser";
import polka from "polka";
import sirv from "sirv";
import { bigStream, folder, record, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

const send = (res, body, type = "text/plain; charset=utf-8") => {
  res.setHeader("content-type", type);
  res.end(body);
};

const parts = {
  hello(app) {
    app.get("/", (_, res) => send(res, "Hello"));
  },
  routes(app, count) {
    for (const thing of things(count)) app.get(`/${thing}/:id`, ({ params }, res) => send(res, params.id));
  },
  decorators(app) {
    app.use((_, res, next) => {
      res.setHeader("x-frame-options", "DENY");
      next();
    });
    app.use((_, res, next) => {
      res.setHeader("cache-control", "max-age=3600, must-revalidate");
      next();
    });
    app.use(cookieParser());
    app.get("/", ({ cookies }, res) => send(res, `Hello in ${cookies.theme ?? "light"}`));
  },
  json(app) {
    app.get("/", (_, res) => send(res, JSON.stringify(record), "application/json"));
  },
  form(app) {
    app.use(bodyParser.urlencoded({ extended: false }));
    app.post("/", ({ body }, res) => send(res, body.name));
  },
  static(app) {
    app.use(sirv(folder()));
  },
  stream(app) {
    app.get("/", (_, res) => {
      res.setHeader("content-type", "application/octet-stream");
      res.setHeader("content-length", streamSize);
      pipeline(bigStream(), res, () => {});
    });
  },
};

const [, , part, option] = process.argv;
const app = polka();
parts[part](app, option);
app.listen(0, "127.0.0.1", () => measured(app.server));
