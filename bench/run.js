/**
 * Compares contenders over HTTP: `npm run bench -- [hostile] [--only NAME] [--rounds N] [--seconds N] [--json FILE]`.
 * All of them run in every round, one after the other, each round in the opposite order of the one before.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { check, start } from "./contender.js";
import { load } from "./load.js";
import { results, summarize } from "./report.js";
import { scenarios } from "./scenarios.js";

const contenders = ["bare", "composure"];
const warmUp = 1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    json: { type: "string" },
  },
});

async function measure({ url, usage }, { path }, cookie, seconds) {
  const before = await usage();
  const figures = await load(url + path, cookie, seconds);
  const after = await usage();
  return { ...figures, cpu: (after.cpu - before.cpu) / (after.requests - before.requests) };
}

async function compare(scenario, { rounds, seconds }) {
  const servers = [];
  try {
    for (const name of contenders) {
      const server = await start(name, scenario.name);
      servers.push(server);
      server.cookie = await check(server, scenario);
      await load(server.url + scenario.path, server.cookie, warmUp);
    }
    const figures = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? servers : servers.toReversed();
      figures.push({});
      for (const server of order) {
        figures[round][server.name] = await measure(server, scenario, server.cookie, seconds);
      }
    }
    return summarize(scenario.name, figures);
  } finally {
    for (const { stop } of servers) stop();
  }
}

async function compareAll() {
  const chosen = scenarios.filter(({ name }) => values.only === undefined || values.only === name);
  if (chosen.length === 0) throw new Error(`no scenario is called ${values.only}`);
  const rows = [];
  for (const scenario of chosen) {
    rows.push(
      ...(await compare(scenario, { rounds: Number(values.rounds), seconds: Number(values.seconds) })),
    );
  }
  console.log(results(rows));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

if (positionals.includes("hostile")) await import("./hostile.js");
else await compareAll();
