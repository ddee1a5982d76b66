/** h3 on its adapter for Node. */
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { getCookie, H3, readBody, serveStatic } from "h3";
import { toNodeHandler } from "h3/node";
import { bigStream, folder, record, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

const parts = {
  hello(app) {
    app.get("/", () => "Hello");
  },
  routes(app, count) {
    for (const thing of things(count)) app.get(`/${thing}/:id`, ({ context }) => context.params.id);
  },
  decorators(app) {
    app.use(({ res }) => {
      res.headers.set("x-frame-options", "DENY");
    });
    app.use(({ res }) => {
      res.headers.set("cache-control", "max-age=3600, must-revalidate");
    });
    app.get("/", (event) => `Hello in ${getCookie(event, "theme") ?? "light"}`);
  },
  json(app) {
    app.get("/", () => record);
  },
  form(app) {
    app.post("/", async (event) => (await readBody(event)).name);
  },
  static(app) {
    const root = folder();
    const getMeta = async (id) => {
      const { size, mtime } = await stat(root + id);
      return { size, mtime, type: "text/plain; charset=utf-8" };
    };
    app.get("/**", (event) => serveStatic(event, { getMeta, getContents: (id) => readFile(root + id) }));
  },
  stream(app) {
    app.get("/", ({ res }) => {
      res.headers.set("content-type", "application/octet-stream");
      res.headers.set("content-length", String(streamSize));
      return Readable.toWeb(bigStream());
    });
  },
};

const [, , part, option] = process.argv;
const app = new H3();
parts[part](app, option);
const server = createServer(toNodeHandler(app));
server.listen(0, "127.0.0.1", () => measured(server));
