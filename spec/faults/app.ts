/** A program that serves counters kept in sessions: `node app.js STORE URL`, until a signal. */
import { serve } from "../../lib/index.js";
import { counters, type Kind } from "./counters.js";

const [kind, database] = process.argv.slice(2) as [Kind, string];
const { url } = await serve(await counters(kind, database, 0.5), { port: 0 });
console.log(`listening on ${url}`);
