/** How often a request waits for its database, one request at a time: what goes to and fro is counted between the two. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { ask, check, logIn, start } from "./contender.js";
import { isOurs, table } from "./report.js";
import { databaseKinds, databaseRequests } from "./scenarios.js";

/** Requests that nobody counts, until connections stand and statements are known; and those that are counted. */
const warmUp = 20;
const counted = 100;

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

/** Round trips of one request, by a client that has logged in. */
async function tripsOf(server, { path, login }, count) {
  const cookie = await logIn(server, login);
  const repeat = async (times) => {
    for (let turn = 0; turn < times; turn++) await ask(server, path, cookie);
  };
  await repeat(warmUp);
  const before = count();
  await repeat(counted);
  return (count() - before) / counted;
}

async function measured(contender, { part, login }, { port, envAt }) {
  const between = await counter(port);
  try {
    const server = await start(contender, part, envAt(between.port));
    try {
      const row = {};
      for (const request of databaseRequests) {
        await check(server, { ...request, login });
        row[request.name] = await tripsOf(server, { ...request, login }, between.count);
      }
      return row;
    } finally {
      await server.stop();
    }
  } finally {
    between.close();
  }
}

/** The most round trips that ours may take. */
const limits = { read: 1, write: 2, untouched: 1 };

const isWithin = ([name, limit], row) => row[name] <= limit;
const verdictOf = (row) => {
  if (!isOurs(row)) return "";
  return Object.entries(limits).every((limit) => isWithin(limit, row)) ? "met" : "falls short";
};

const shape = {
  "round trips": ({ database, contender }) => `${database}, ${contender}`,
  ...Object.fromEntries(Object.keys(limits).map((name) => [name, (row) => row[name].toFixed(2)])),
  "": verdictOf,
};

/** Runs, prints and gives rows `{ database, contender, read, write, untouched }`. */
export async function trips(databaseOf, isChosen) {
  const rows = [];
  for (const [database, kind] of Object.entries(databaseKinds)) {
    const running = await databaseOf(database);
    if (running === null) {
      console.log(`${database}: left out, as it is not installed`);
      continue;
    }
    for (const contender of kind.contenders.filter(isChosen)) {
      rows.push({ database, contender, ...(await measured(contender, kind, running)) });
    }
  }
  console.log(table(shape, rows));
  return rows;
}
