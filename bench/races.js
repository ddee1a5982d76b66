/** Not about time but about truth: what becomes of a session whose requests overlap, over HTTP. */
import { ask, logIn, start } from "./contender.js";
import { table } from "./report.js";
import { sleep } from "./servers/content.js";

export const contenders = [
  "composure",
  "express-session-on-polka",
  "express-session-on-express",
  "fastify-session",
  "hono-sessions",
];

const increments = 200;
const logouts = 20;
/** Milliseconds after which a logout overtakes the slow request. */
const head = 10;

/** How many of the increments that run at the same time are in the session afterwards. */
async function countKept(server) {
  const cookie = await logIn(server, "/login");
  await Promise.all(Array.from({ length: increments }, () => ask(server, "/increment", cookie)));
  const { body } = await ask(server, "/count", cookie);
  return Number(body);
}

/** Whether a session is there again when a request has ended that began before its logout. */
async function comesBack(server) {
  const cookie = await logIn(server, "/login");
  const slow = ask(server, "/slow", cookie);
  await sleep(head);
  await ask(server, "/logout", cookie);
  await slow;
  const { body } = await ask(server, "/", cookie);
  return body === "Hello Ada";
}

/** One logout after the other, so that each slow request has surely begun by then. */
async function countBack(server) {
  let back = 0;
  for (let turn = 0; turn < logouts; turn++) back += Number(await comesBack(server));
  return back;
}

async function race(contender) {
  const server = await start(contender, ["sessions", "memory"]);
  try {
    const kept = await countKept(server);
    const back = await countBack(server);
    return { contender, kept, of: increments, back, logouts };
  } finally {
    server.stop();
  }
}

const shape = {
  races: ({ contender }) => contender,
  "increments kept": ({ kept, of }) => `${kept} of ${of}`,
  "sessions that came back": ({ back, logouts }) => `${back} of ${logouts}`,
};

/** Runs, prints and gives rows `{ contender, kept, of, back, logouts }`. */
export async function races(isChosen) {
  const rows = [];
  for (const contender of contenders.filter(isChosen)) rows.push(await race(contender));
  console.log(table(shape, rows));
  return rows;
}
