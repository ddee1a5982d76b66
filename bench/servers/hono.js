/** Hono on its adapter for Node. */
import { Readable } from "node:stream";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { bigStream, folder, record, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

const parts = {
  hello(app) {
    app.get("/", (c) => c.text("Hello"));
  },
  routes(app, count) {
    for (const thing of things(count)) app.get(`/${thing}/:id`, (c) => c.text(c.req.param("id")));
  },
  decorators(app) {
    app.use(async (c, next) => {
      await next();
      c.header("x-frame-options", "DENY");
    });
    app.use(async (c, next) => {
      await next();
      c.header("cache-control", "max-age=3600, must-revalidate");
    });
    app.get("/", (c) => c.text(`Hello in ${getCookie(c).theme ?? "light"}`));
  },
  json(app) {
    app.get("/", (c) => c.json(record));
  },
  form(app) {
    app.post("/", async (c) => c.text((await c.req.parseBody()).name));
  },
  static(app) {
    app.use(serveStatic({ root: folder() }));
  },
  stream(app) {
    const headers = { "content-type": "application/octet-stream", "content-length": String(streamSize) };
    app.get("/", (c) => c.body(Readable.toWeb(bigStream()), 200, headers));
  },
};

const [, , part, option] = process.argv;
const app = new Hono();
parts[part](app, option);
const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => measured(server));
