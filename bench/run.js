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

const report = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  machine: { cpu: cpus()[0].model, cores: availableParallelism(), os: `${platform()} ${arch()}` },
  rounds,
  seconds,
};

/** Adds to the report, and writes it: a run that is stopped keeps what it has measured. */
function add(measured) {
  Object.assign(report, { versions: versions() }, measured);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

/** What runs beside us is ended only where this process ends by itself. */
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A scenario with the way to its database; undefined, and said, where that is not installed. */
async function enabled(scenario, databaseOf) {
  const { name, database } = scenario;
  if (database === undefined) return scenario;
  const running = await databaseOf(database);
  if (running !== null) return { ...scenario, env: running.envAt(running.port), spent: running.spent };
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
      add({ generator, connections: usualConnections, rows });
    }
  });
  console.log(outcome(rows));
}

async function race() {
  install();
  const { races } = await import("./races.js");
  add({ races: await races(isChosen) });
}

async function countTrips() {
  install();
  const { trips } = await import("./trips.js");
  add({ trips: await withDatabases((databaseOf) => trips(databaseOf, isChosen)) });
}

async function fillStores() {
  install();
  const { stores } = await import("./stores.js");
  add({ stores: await stores({ rounds, seconds }) });
}

/** Each part measures, prints, and adds to the report. */
const parts = {
  http: overHttp,
  races: race,
  trips: countTrips,
  stores: fillStores,
  inside: async () => add({ inside: (await import("./inside.js")).inside() }),
  size: async () => add({ size: await (await import("./size.js")).size() }),
  hostile: () => import("./hostile.js"),
};

function chosenParts() {
  if (positionals.length === 0) return ["http"];
  if (positionals.includes("all")) return Object.keys(parts);
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown === undefined) return positionals;
  throw new Error(`expected some of ${Object.keys(parts).join(", ")} or all, got ${unknown}`);
}

for (const name of chosenParts()) await parts[name]();
if (values.publish) (await import("./publish.js")).publish(report);
