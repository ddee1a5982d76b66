/**
 * Runs the contenders of a scenario against each other. In every round all of them are started anew, each time
 * another one first: of six equal servers, the first ones used up to a third less CPU than the last. Then they take
 * turns of a tenth of a second, so that whatever else the machine does meets all of them alike.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, logIn, start } from "./contender.js";
import { temporaryFolder } from "./leftovers.js";
import { begin, load, takeTurns } from "./load.js";
import { summarize } from "./report.js";

const mebibyte = 1024 * 1024;
/** Answers after which a server has warmed up, and the most seconds that we give it for them. */
const warm = { answers: 20_000, seconds: 4 };
/** Milliseconds for which one server is loaded before it is the next one's turn. */
const turn = 100;
/** Who gives fewer answers in a second is measured alone, as it would still be at work in the others' turns. */
const slow = 1000;
/** The fewest answers that a figure is made of, and the most seconds of a round for those who take so long. */
const least = { answers: 100, seconds: 10 };
/** So many log in at a time, and for so many seconds: the slowest serve fewer clients in all rounds than come by then. */
const crowd = 50;
const patience = 10;

/** The cookies of so many logins, or of as many as there are after a while. */
async function clientsOf(server, { login, clients }) {
  const cookies = [];
  const end = Date.now() + patience * 1000;
  const logInAgain = async () => {
    while (cookies.length < clients && Date.now() < end) cookies.push(await logIn(server, login));
  };
  await Promise.all(Array.from({ length: crowd }, logInAgain));
  return cookies.slice(0, clients);
}

/** What the load sends to a server: the request of the scenario, with the cookie of a client or those of many. */
async function requestTo(server, scenario, folder) {
  const { path, method, headers, body, status, connections, login, clients } = scenario;
  const request = { url: server.url + path, method, headers, body, status, connections };
  if (clients !== undefined) {
    const cookies = join(folder, server.name);
    writeFileSync(cookies, (await clientsOf(server, scenario)).join("\n"));
    return { ...request, cookies };
  }
  if (login === undefined) return request;
  return { ...request, headers: { ...headers, cookie: await logIn(server, login) } };
}

const answersIn = ({ requests, bytes }, { size }) => (size === undefined ? requests : bytes / size);

/** Loads a server; each load goes on with the clients behind those of the one before. */
async function loadOn(server, seconds) {
  const figures = await load({ ...server.request, seconds, skip: server.asked });
  server.asked += figures.requests;
  return figures;
}

/** Lets a server warm up; the last load before it is measured tells how long it takes to answer. */
async function warmUp(server, scenario) {
  let answers = 0;
  for (let seconds = 0; answers < warm.answers && seconds < warm.seconds; seconds++) {
    server.figures = await loadOn(server, 1);
    answers += answersIn(server.figures, scenario);
  }
  server.rate = answersIn(server.figures, scenario);
}

async function started(name, scenario, folder) {
  const server = { ...(await start(name, scenario.part, scenario.env)), asked: 0 };
  try {
    await check(server, scenario);
    server.request = await requestTo(server, scenario, folder);
    await warmUp(server, scenario);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** What a server has used while a load of so many seconds went on, and its database, where that is known. */
async function figuresOf(server, scenario, seconds, before, load, spent) {
  const { p50, p99, p999 } = server.figures;
  const after = await server.usage();
  const answers = answersIn(load, scenario);
  if (answers === 0) throw new Error(`${server.name} gave no answer to ${scenario.name} in time`);
  // Requests that are under way at the end have cost the server something too; of long answers, only what was sent.
  const served = scenario.size === undefined ? after.requests - before.requests : answers;
  const cpu = (after.cpu - before.cpu) / served;
  const database = spent / served;
  return { cpu, database, rate: answers / seconds, p50, p99, p999, memory: after.memory / mebibyte };
}

async function measuredAlone(server, scenario, seconds) {
  const needed = Math.max(seconds, Math.min(Math.ceil(least.answers / server.rate), least.seconds));
  const before = await server.usage();
  const begun = scenario.spent?.();
  const load = await loadOn(server, needed);
  return figuresOf(server, scenario, needed, before, load, scenario.spent?.() - begun);
}

/** Figures of several servers, each of which gets so many seconds. */
async function measuredInTurns(servers, scenario, seconds) {
  const before = await Promise.all(servers.map(({ usage }) => usage()));
  const all = seconds * servers.length + patience;
  const loads = servers.map(({ request, asked }) => begin({ ...request, seconds: all, skip: asked }));
  for (const { hold } of loads) hold();
  const spent = await takeTurns(loads, seconds, turn, scenario.spent);
  const loaded = await Promise.all(loads.map(({ end }) => end()));
  return Promise.all(
    servers.map((server, index) =>
      figuresOf(server, scenario, seconds, before[index], loaded[index], spent[index]),
    ),
  );
}

async function round(names, scenario, seconds, folder) {
  const servers = [];
  const figures = {};
  try {
    for (const name of names) servers.push(await started(name, scenario, folder));
    const isSlow = ({ rate }) => rate < slow && scenario.size === undefined;
    const quick = servers.filter((server) => !isSlow(server));
    const inTurns = await measuredInTurns(quick, scenario, seconds);
    for (const [index, { name }] of quick.entries()) figures[name] = inTurns[index];
    for (const server of servers.filter(isSlow)) {
      figures[server.name] = await measuredAlone(server, scenario, seconds);
    }
    return figures;
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
  }
}

/** The list, beginning at another place. */
const rotated = (list, by) => list.map((_, index) => list[(index + by) % list.length]);

/** The rows of a scenario, one for each of these contenders. */
export async function compare(scenario, contenders, { rounds, seconds }) {
  const { folder, remove } = temporaryFolder("cookies");
  try {
    const figures = [];
    for (let turn = 0; turn < rounds; turn++) {
      // Steps of three, so that those who stand side by side do not stay so.
      figures.push(await round(rotated(contenders, turn * 3), scenario, seconds, folder));
    }
    return summarize(scenario.name, figures);
  } finally {
    remove();
  }
}
