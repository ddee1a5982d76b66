/** Koa with its router. */
import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import Koa from "koa";
import serveStatic from "koa-static";
import { bigStream, folder, record, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

const parts = {
  hello(_, router) {
    router.get("/", (ctx) => {
      ctx.body = "Hello";
    });
  },
  routes(_, router, count) {
    for (const thing of things(count)) {
      router.get(`/${thing}/:id`, (ctx) => {
        ctx.body = ctx.params.id;
      });
    }
  },
  decorators(app, router) {
    app.use((ctx, next) => {
      ctx.set("x-frame-options", "DENY");
      return next();
    });
    app.use((ctx, next) => {
      ctx.set("cache-control", "max-age=3600, must-revalidate");
      return next();
    });
    router.get("/", (ctx) => {
      ctx.body = `Hello in ${ctx.cookies.get("theme") ?? "light"}`;
    });
  },
  json(_, router) {
    router.get("/", (ctx) => {
      ctx.body = record;
    });
  },
  form(app, router) {
    app.use(bodyParser());
    router.post("/", (ctx) => {
      ctx.body = ctx.request.body.name;
    });
  },
  static(app) {
    app.use(serveStatic(folder()));
  },
  stream(_, router) {
    router.get("/", (ctx) => {
      ctx.body = bigStream();
      ctx.length = streamSize;
    });
  },
};

const [, , part, option] = process.argv;
const app = new Koa();
const router = new Router();
parts[part](app, router, option);
app.use(router.routes());
const server = app.listen(0, "127.0.0.1", () => measured(server));
