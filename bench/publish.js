/**
 * Puts a report into the docs: charts into docs/bench/, tables into docs/performance.md between comments such as
 * `<!-- bench:hello -->` and `<!-- /bench:hello -->`. What did not run stays as it is there.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { barChart, lineChart } from "./charts.js";
import { emphasized, figureTables, groupBy, markdown, scenarioTable, show } from "./report.js";
import { databaseTargets, outcomeTable } from "./targets.js";

/** The scenarios that have a chart, and its title. */
const charted = {
  hello: "Hello",
  "param-last": "A parameter, in the last of 200 routes",
  json: "JSON of 1 KiB",
  "memory-read": "A session in memory, read",
  "memory-write": "A session in memory, written",
  "redis-read": "A session on Redis, read",
  "redis-write": "A session on Redis, written",
  "postgres-read": "A session on PostgreSQL, read",
  "postgres-write": "A session on PostgreSQL, written",
  "cookie-read": "A session in the cookie, read",
  "cookie-write": "A session in the cookie, written",
};

const growth = "routes";
const growthTitle = "A parameter among 10 to 10,000 routes";

const plain = (name) => name.replace(/^@/, "").replace("/", "-");

/** The package that a contender, or a part of it such as `polka` of `express-session-on-polka`, is named for. */
const packageOf = (part, packages) =>
  packages
    .filter((name) => part === plain(name) || part.startsWith(`${plain(name)}-`))
    .toSorted((a, b) => b.length - a.length)[0];

/** `fastify 5.1.0, polka 0.5.2`: the packages that these contenders are named for. */
export function versionsOf(contenders, versions) {
  const parts = contenders.flatMap((contender) => contender.split("-on-"));
  const packages = new Set(parts.map((part) => packageOf(part, Object.keys(versions))));
  packages.delete(undefined);
  return [...packages].map((name) => `${name} ${versions[name]}`).join(", ");
}

/** What else takes part in the scenarios of a database. */
const clients = { redis: ["redis", "connect-redis"], postgres: ["pg", "connect-pg-simple"] };

const clientsIn = ({ scenario }) => clients[scenario.split("-")[0]] ?? [];

const placeOf = ({ date, node, machine }) =>
  `${date}, Node ${node.replace(/^v/, "")}, ${machine.cpu}, ${machine.cores} cores, ${machine.os}`;

const roundsOf = ({ rounds, seconds }) => `${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s`;

const wayOf = (report) => `${roundsOf(report)} by ${report.generator} over ${report.connections} connections`;

const footOf = (report, rows) => {
  const names = [...rows.map(({ contender }) => contender), ...rows.flatMap(clientsIn)];
  const versions = versionsOf([...new Set(names)], report.versions);
  return `${placeOf(report)}; ${wayOf(report)}; ${versions}`;
};

const isGrowth = ({ scenario }) => /^routes-\d+$/.test(scenario);

/** The rows that show how cost grows; none where there is one number of routes only. */
function growingIn({ rows = [] }) {
  const growing = rows.filter(isGrowth);
  return new Set(growing.map(({ scenario }) => scenario)).size > 1 ? growing : [];
}

/** The rows of the scenarios `routes-10`, `routes-100`, … as one line for each contender. */
const linesOf = (rows) =>
  Array.from(
    groupBy(rows, ({ contender }) => contender),
    ([contender, ofContender]) => ({
      contender,
      points: ofContender
        .map(({ scenario, cpu }) => ({ at: Number(scenario.slice("routes-".length)), cpu }))
        .toSorted((a, b) => a.at - b.at),
    }),
  );

/** The scenarios of a report that are compared one by one, each with its rows. */
const comparedIn = ({ rows = [] }) => [
  ...groupBy(
    rows.filter((row) => !isGrowth(row)),
    ({ scenario }) => scenario,
  ),
];

const isCharted = ([scenario]) => Object.hasOwn(charted, scenario);

/** The charts of a report: `{ [name]: svg }`. */
export function chartsOf(report) {
  const charts = comparedIn(report)
    .filter(isCharted)
    .map(([scenario, rows]) => [
      scenario,
      barChart(rows, { title: charted[scenario], foot: footOf(report, rows) }),
    ]);
  const growing = growingIn(report);
  if (growing.length === 0) return Object.fromEntries(charts);
  const chart = lineChart(linesOf(growing), { title: growthTitle, foot: footOf(report, growing) });
  return Object.fromEntries([...charts, [growth, chart]]);
}

const image = (name, title) => `![${title}: CPU time per request](bench/${name}.svg)\n\n`;

function scenarioPart([scenario, rows]) {
  const chart = isCharted([scenario]) ? image(scenario, charted[scenario]) : "";
  return chart + scenarioTable(rows);
}

/** CPU time per request: a line for each contender, a column for each number of routes. */
function growthPart(rows) {
  const lines = linesOf(rows);
  const columns = lines[0].points.map(({ at }) => [
    `${show(at, 0)} routes, µs`,
    ({ points }) => show(points.find((point) => point.at === at)?.cpu),
  ]);
  const shape = { contender: emphasized, ...Object.fromEntries(columns) };
  return image(growth, growthTitle) + markdown(shape, lines);
}

const racesShape = {
  contender: emphasized,
  "increments kept": ({ kept, of }) => `${kept} of ${of}`,
  "sessions that came back": ({ back, logouts }) => `${back} of ${logouts}`,
};

const tripsShape = {
  contender: emphasized,
  database: ({ database }) => database,
  read: ({ read }) => show(read, 2),
  written: ({ write }) => show(write, 2),
  untouched: ({ untouched }) => show(untouched, 2),
};

const targetParts = (rows) =>
  Object.entries({
    targets: outcomeTable(rows),
    "database-targets": outcomeTable(rows, databaseTargets),
  }).filter(([, text]) => text !== undefined);

/** The parts of the page that a report has something for: `{ [name]: markdown }`. */
export function partsOf(report) {
  const { rows = [], races = [], trips = [], stores = [], inside = [], size = [] } = report;
  const growing = growingIn(report);
  const overHttp = [
    ...targetParts(rows),
    ...comparedIn(report).map((compared) => [compared[0], scenarioPart(compared)]),
    ...(growing.length > 0 ? [[growth, growthPart(growing)]] : []),
  ];
  const ofStores = stores.length > 0 ? [["stores", figureTables(stores, markdown)]] : [];
  const others = [
    ...(races.length > 0 ? [["races", markdown(racesShape, races)]] : []),
    ...(trips.length > 0 ? [["trips", markdown(tripsShape, trips, ["database"])]] : []),
    ...(inside.length > 0 ? [["inside", figureTables(inside, markdown)]] : []),
    ...(size.length > 0 ? [["size", figureTables(size, markdown)]] : []),
  ];
  const noted = (parts, note) => parts.map(([name, text]) => [name, `${text}\n\n_${note}._`]);
  return Object.fromEntries([
    ...noted(overHttp, `${placeOf(report)}; ${wayOf(report)}`),
    ...noted(ofStores, `${placeOf(report)}; ${roundsOf(report)}`),
    ...noted(others, placeOf(report)),
  ]);
}

/** A page with new text between the comments of a part. */
export function withPart(page, name, text) {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`expected ${begin} and ${end} in docs/performance.md; put them where the part belongs`);
  }
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}

/** Writes the charts and the parts of the page that a report has something for. */
export function publish(report, docs = fileURLToPath(new URL("../docs/", import.meta.url))) {
  const path = join(docs, "performance.md");
  const page = Object.entries(partsOf(report)).reduce(
    (page, [name, text]) => withPart(page, name, text),
    readFileSync(path, "utf8"),
  );
  mkdirSync(join(docs, "bench"), { recursive: true });
  for (const [name, svg] of Object.entries(chartsOf(report))) {
    writeFileSync(join(docs, "bench", `${name}.svg`), svg);
  }
  writeFileSync(path, page);
}
