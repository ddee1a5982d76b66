/**
 * `npm run bench` compares Composure with its peers over HTTP. `-- races`, `trips`, `stores`, `inside`, `size` and
 * `hostile` run these parts instead, `all` runs everything. `--only SCENARIO` and `--contenders NAME` (several with commas, or again)
 * choose; `--rounds N`, `--seconds N`; `--json FILE` writes the report, `--publish` puts it into docs/.
 */
import { writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform } from "node:os";
import { parseArgs } from "node:util";
import { withDatabases } from "./databases.js";
import { install, versions } from "./peers.js";
import { results } from "./report.js";
import { scenarios, usualConnections } from "./scenarios.js";
import { outcome } from "./targets.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", multiple: true, default: [] },
    contenders: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    json: { type: "string" },
    publish: { type: "boolean", default: false },
  },
});

function atLeastOne(option) {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`--${option}: expected a whole number of at least 1, got ${values[option]}`);
}

/** A test for the names that an option lists; every name passes where it lists none. */
function chooser(option, known) {
  const names = values[option].flatMap((list) => list.split(","));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--${option}: expected some of ${known.join(", ")}, got ${unknown}`);
  }
  return (name) => names.length === 0 || names.includes(name);
}

const rounds = atLeastOne("rounds");
const seconds = atLeastOne("seconds");
const allContenders = [...new Set(scenarios.flatMap(({ contenders }) => contenders))];
const isChosen = chooser("contenders", allContenders);
const isScenario = chooser(
  "only",
  scenarios.map(({ name }) => name),
);

/** A scenario with the way to its database; undefined, and said, where that is not installed. */
async function enabled(scenario, databaseOf) {
  const { name, database } = scenario;
  if (database === undefined) return scenario;
  const running = await databaseOf(database);
  if (running !== null) return { ...scenario, env: running.envAt(running.port) };
  console.log(`${name}: left out, as ${database} is not installed\n`);
  return undefined;
}

async function overHttp() {
  install();
  const { generator } = await import("./load.js");
  const { compare } = await import("./compare.js");
  const rows = [];
  await withDatabases(async (databaseOf) => {
    for (const scenario of scenarios.filter(({ name }) => isScenario(name))) {
      const able = await enabled(scenario, databaseOf);
      if (able === undefined) continue;
      const ofScenario = await compare(able, scenario.contenders.filter(isChosen), { rounds, seconds });
      console.log(`${results(ofScenario)}\n`);
      rows.push(...ofScenario);
    }
  });
  console.log(outcome(rows));
  return { rounds, seconds, generator, connections: usualConnections, rows };
}

async function race() {
  install();
  const { races } = await import("./races.js");
  return { races: await races(isChosen) };
}

async function trips() {
  install();
  const { trips } = await import("./trips.js");
  return { trips: await withDatabases((databaseOf) => trips(databaseOf, isChosen)) };
}

async function stores() {
  install();
  const { stores } = await import("./stores.js");
  return { stores: await withDatabases(stores) };
}

async function hostile() {
  await import("./hostile.js");
  return {};
}

/** Each part measures, prints, and gives what it adds to the report. */
const parts = {
  http: overHttp,
  races: race,
  trips,
  stores,
  inside: async () => ({ inside: (await import("./inside.js")).inside() }),
  size: async () => ({ size: await (await import("./size.js")).size() }),
  hostile,
};

function chosenParts() {
  if (positionals.length === 0) return ["http"];
  if (positionals.includes("all")) return Object.keys(parts);
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown === undefined) return positionals;
  throw new Error(`expected some of ${Object.keys(parts).join(", ")} or all, got ${unknown}`);
}

const report = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  machine: { cpu: cpus()[0].model, cores: availableParallelism(), os: `${platform()} ${arch()}` },
  versions: versions(),
};
for (const name of chosenParts()) Object.assign(report, await parts[name]());
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.publish) (await import("./publish.js")).publish(report);
