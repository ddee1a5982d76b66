/** Serves the guestbook: `npm run build`, then `node docs/guestbook/server.js`. */
import { serve } from "composure";
import { app } from "./app.js";

const { url } = await serve(app);
console.log(`listening on ${url}`);
