/**
 * What a request costs its database, one request at a time: how often it waits for it, as what goes to and fro is counted
 * between the two; and the CPU that the database uses meanwhile, whose only client it is.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { ask, check, logIn, start } from "./contender.js";
import { isOurs, median, show, table } from "./report.js";
import { databaseKinds, databaseRequests } from "./scenarios.js";

/** Requests that nobody counts, until connections stand and statements are known; and those of a round. */
const warmUp = 100;
const perRound = 400;

/**
 * Stands before a port and counts round trips: whenever bytes go to the database on a connection where none have
 * gone since it answered. Commands that are sent together are one.
 */
export async function counter(port) {
  let trips = 0;
  const sockets = new Set();
  const server = createServer((client) => {
    const database = connect(port, "127.0.0.1");
    let isAnswered = true;
    client.on("data", () => {
      if (isAnswered) trips += 1;
      isAnswered = false;
    });
    database.on("data", () => {
      isAnswered = true;
    });
    client.pipe(database).pipe(client);
    for (const socket of [client, database]) {
      sockets.add(socket.setNoDelay().on("error", () => {}));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    count: () => trips,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Round trips of one request by a client that has logged in, and the microseconds of CPU that it costs the database. */
async function costOf(server, { path, login }, { trips, spent }) {
  const cookie = await logIn(server, login);
  const repeat = async (times) => {
    for (let turn = 0; turn < times; turn++) await ask(server, path, cookie);
  };
  await repeat(warmUp);
  const begun = { trips: trips(), spent: spent() };
  await repeat(perRound);
  return { trips: (trips() - begun.trips) / perRound, cpu: (spent() - begun.spent) / perRound };
}

/** Medians over the rounds: now and then a store or a database tidies up. */
async function costsOf(server, requests, counters, rounds) {
  const costs = requests.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, request] of requests.entries()) {
      costs[index].push(await costOf(server, request, counters));
    }
  }
  const middle = (all, figure) => median(all.map((cost) => cost[figure]));
  return Object.fromEntries(
    requests.map(({ name }, index) => [
      name,
      { trips: middle(costs[index], "trips"), cpu: middle(costs[index], "cpu") },
    ]),
  );
}

async function measured(contender, { part, login }, { port, envAt, spent }, rounds) {
  const requests = databaseRequests.map((request) => ({ ...request, login }));
  const between = await counter(port);
  try {
    const server = await start(contender, part, envAt(between.port));
    try {
      for (const request of requests) await check(server, request);
      return await costsOf(server, requests, { trips: between.count, spent }, rounds);
    } finally {
      await server.stop();
    }
  } finally {
    between.close();
  }
}

/** The most round trips that ours may take. */
const limits = { read: 1, write: 2, untouched: 1 };

const isWithin = ([name, limit], row) => row[name].trips <= limit;
const verdictOf = (row) => {
  if (!isOurs(row)) return "";
  return Object.entries(limits).every((limit) => isWithin(limit, row)) ? "met" : "falls short";
};

const shape = {
  "round trips": ({ database, contender }) => `${database}, ${contender}`,
  ...Object.fromEntries(Object.keys(limits).map((name) => [name, (row) => row[name].trips.toFixed(2)])),
  "": verdictOf,
  ...Object.fromEntries(Object.keys(limits).map((name) => [`${name}, CPU µs`, (row) => show(row[name].cpu)])),
};

/** Runs, prints and gives rows `{ database, contender, read, write, untouched }`; each of the three is `{ trips, cpu }`. */
export async function trips(databaseOf, isChosen, rounds) {
  const rows = [];
  for (const [database, kind] of Object.entries(databaseKinds)) {
    const running = await databaseOf(database);
    if (running === null) {
      console.log(`${database}: left out, as it is not installed`);
      continue;
    }
    for (const contender of kind.contenders.filter(isChosen)) {
      rows.push({ database, contender, ...(await measured(contender, kind, running, rounds)) });
    }
  }
  console.log(table(shape, rows));
  return rows;
}
