/**
 * Runs the contenders of a scenario against each other: all of them in every round, each round in the opposite order.
 * Each run has a process of its own, and none runs beside it: of six equal servers that were started together, the
 * first ones used up to a third less CPU than the last.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, logIn, start } from "./contender.js";
import { load } from "./load.js";
import { summarize } from "./report.js";

const mebibyte = 1024 * 1024;
/** Answers after which a server has warmed up, and the most seconds that we give it for them. */
const warm = { answers: 20_000, seconds: 4 };
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

/** Lets a server warm up, and gives the requests per second that it came to. */
async function warmUp(server, scenario) {
  let answers = 0;
  let seconds = 0;
  for (; answers < warm.answers && seconds < warm.seconds; seconds++) {
    answers += answersIn(await loadOn(server, 1), scenario);
  }
  return answers / seconds;
}

async function measured(server, scenario, seconds) {
  const rate = await warmUp(server, scenario);
  const needed = Math.min(Math.ceil(least.answers / rate), least.seconds);
  const before = await server.usage();
  const figures = await loadOn(server, Math.max(seconds, needed));
  const after = await server.usage();
  const answers = answersIn(figures, scenario);
  if (answers === 0) throw new Error(`${server.name} gave no answer to ${scenario.name} in time`);
  // Requests that are under way at the end have cost the server something too; of long answers, only what was sent.
  const served = scenario.size === undefined ? after.requests - before.requests : answers;
  return {
    cpu: (after.cpu - before.cpu) / served,
    rate: answers / figures.seconds,
    p50: figures.p50,
    p99: figures.p99,
    p999: figures.p999,
    memory: after.memory / mebibyte,
  };
}

async function run(name, scenario, seconds, folder) {
  const server = { ...(await start(name, scenario.part)), asked: 0 };
  try {
    await check(server, scenario);
    server.request = await requestTo(server, scenario, folder);
    return await measured(server, scenario, seconds);
  } finally {
    await server.stop();
  }
}

async function round(contenders, scenario, seconds, folder) {
  const figures = {};
  for (const name of contenders) figures[name] = await run(name, scenario, seconds, folder);
  return figures;
}

/** The rows of a scenario, one for each of these contenders. */
export async function compare(scenario, contenders, { rounds, seconds }) {
  const folder = mkdtempSync(join(tmpdir(), "composure-bench-"));
  try {
    const figures = [];
    for (let turn = 0; turn < rounds; turn++) {
      const order = turn % 2 === 0 ? contenders : contenders.toReversed();
      figures.push(await round(order, scenario, seconds, folder));
    }
    return summarize(scenario.name, figures);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
