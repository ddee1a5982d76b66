/** Fastify, with a schema for its JSON as its documentation recommends. */
import fastifyCompress from "@fastify/compress";
import fastifyCookie from "@fastify/cookie";
import fastifyEtag from "@fastify/etag";
import fastifyFormbody from "@fastify/formbody";
import fastifyHelmet from "@fastify/helmet";
import fastifySession from "@fastify/session";
import fastifyStatic from "@fastify/static";
import fastify from "fastify";
import { bigStream, document, folder, record, secret, streamSize, things } from "./content.js";
import { measured } from "./measured.js";

const properties = { id: { type: "integer" }, name: { type: "string" }, active: { type: "boolean" } };
const people = { type: "array", items: { type: "object", properties } };
const schema = {
  response: { 200: { type: "object", properties: { people, note: { type: "string" } } } },
};

const parts = {
  hello(app) {
    app.get("/", () => "Hello");
  },
  routes(app, count) {
    for (const thing of things(count)) app.get(`/${thing}/:id`, ({ params }) => params.id);
  },
  decorators(app) {
    app.register(fastifyCookie);
    app.addHook("onRequest", (_, reply, done) => {
      reply.header("x-frame-options", "DENY");
      done();
    });
    app.addHook("onRequest", (_, reply, done) => {
      reply.header("cache-control", "max-age=3600, must-revalidate");
      done();
    });
    app.get("/", ({ cookies }) => `Hello in ${cookies.theme ?? "light"}`);
  },
  json(app) {
    app.get("/", { schema }, () => record);
  },
  form(app) {
    app.register(fastifyFormbody);
    app.post("/", ({ body }) => body.name);
  },
  static(app) {
    app.register(fastifyStatic, { root: folder() });
  },
  /** What withDefaults("site") has: headers, forms, sessions that begin when they are written, files, ETags. */
  site(app) {
    app.register(fastifyHelmet, { enableCSPNonces: true });
    app.register(fastifyFormbody);
    app.register(fastifyCookie);
    app.register(fastifySession, { secret, saveUninitialized: false });
    app.register(fastifyEtag, { weak: true });
    app.register(fastifyStatic, { root: folder() });
    app.get("/", (_, reply) => reply.type("text/html; charset=utf-8").send(document));
  },
  async compressed(app) {
    await app.register(fastifyCompress);
    app.get("/", (_, reply) => reply.type("text/html; charset=utf-8").send(document));
  },
  stream(app) {
    app.get("/", (_, reply) =>
      reply.type("application/octet-stream").header("content-length", streamSize).send(bigStream()),
    );
  },
};

const [, , part, option] = process.argv;
const app = fastify();
await parts[part](app, option);
await app.listen({ port: 0, host: "127.0.0.1" });
measured(app.server);
