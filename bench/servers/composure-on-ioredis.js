/** Composure with its sessions on Redis through ioredis; through the `redis` package they are in composure.js. */
import { decorate, serve, withSession } from "../../dist/index.js";
import { redisStore } from "../../dist/redis.js";
import { ioredis } from "./clients.js";
import { sessionRoutes } from "./composure-sessions.js";
import { idle } from "./content.js";
import { measured } from "./measured.js";

const app = decorate(sessionRoutes, withSession({ type: redisStore(await ioredis()), expires: idle }));
const { server } = await serve(app, { port: 0, host: "127.0.0.1" });
measured(server);
