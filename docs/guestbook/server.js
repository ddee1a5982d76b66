/**
 * Serves the guestbook: `npm run build`, then `node docs/guestbook/server.js`.
 *
 * - `REDIS_URL`: where book and sessions are kept; without it, in the memory of this process
 * - `TRUST`: the address of the proxy in front, if there is one
 */
import { serve } from "composure";
import { guestbook } from "./app.js";

const { REDIS_URL, TRUST } = process.env;
const { keep } = await import(REDIS_URL ? "./redis.js" : "./memory.js");

const app = guestbook({ ...(await keep(REDIS_URL)), trust: TRUST });
const { url } = await serve(app);
console.log(`listening on ${url}`);
