/** Medians over rounds, and the tables of them: as text for the terminal, as Markdown for the docs. */

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One row for each contender of a scenario; a round is `{ [contender]: { cpu, database, rate, p50, p99, p999, memory } }`.
 *
 * A ratio is the median of the ratios within the rounds, since what disturbs a round disturbs all its contenders.
 * `ratio` and `rateRatio` are a contender's to bare node:http; `ours` and `oursRate` are Composure's to the
 * contender. They are undefined where bare, or Composure, did not run.
 */
export function summarize(scenario, rounds) {
  const contenders = Object.keys(rounds[0]);
  const figure = (contender, name) => median(rounds.map((round) => round[contender][name]));
  const ratio = (contender, other, name) => {
    if (!contenders.includes(contender) || !contenders.includes(other)) return undefined;
    return median(rounds.map((round) => round[contender][name] / round[other][name]));
  };
  return contenders.map((contender) => ({
    scenario,
    contender,
    cpu: figure(contender, "cpu"),
    ratio: ratio(contender, "bare", "cpu"),
    ours: ratio("composure", contender, "cpu"),
    database: figure(contender, "database"),
    rate: figure(contender, "rate"),
    rateRatio: ratio(contender, "bare", "rate"),
    oursRate: ratio("composure", contender, "rate"),
    p50: figure(contender, "p50"),
    p99: figure(contender, "p99"),
    p999: figure(contender, "p999"),
    memory: figure(contender, "memory"),
  }));
}

/** A number with its thousands apart, to three digits that count: `12,345`, `47.1`, `0.123`. */
export function show(value, digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3) {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio: `1.04×`, `197×`. */
export const times = (ratio) => `${show(ratio, ratio < 10 ? 2 : 0)}×`.replace("–×", "–");

const figures = {
  "CPU µs/request": ({ cpu }) => show(cpu),
  "to bare": ({ ratio }) => times(ratio),
  "requests/s": ({ rate }) => show(rate),
  "rate to bare": ({ rateRatio }) => times(rateRatio),
  "p50 ms": ({ p50 }) => show(p50, 2),
  "p99 ms": ({ p99 }) => show(p99, 2),
  "p99.9 ms": ({ p999 }) => show(p999, 2),
  "memory MiB": ({ memory }) => show(memory, 0),
};

/** What a scenario has figures of: not all have a database, and not all systems tell what that uses. */
function figuresIn(rows) {
  if (!rows.some(({ database }) => Number.isFinite(database))) return figures;
  const { "CPU µs/request": cpu, ...others } = figures;
  return { "CPU µs/request": cpu, "database µs": ({ database }) => show(database), ...others };
}

const cellsOf = (shape, rows) => rows.map((row) => Object.values(shape).map((cell) => cell(row)));

/** Rows under a heading, as wide as need be: `table({ name: (row) => row.name }, rows)`. */
export function table(shape, rows) {
  const lines = [Object.keys(shape), ...cellsOf(shape, rows)];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  "));
  return padded.map((line) => line.trimEnd()).join("\n");
}

/** The same as a table of Markdown; all columns but the first are numbers unless `text` names them. */
export function markdown(shape, rows, text = []) {
  const headings = Object.keys(shape);
  const rule = headings.map((heading, column) => (column === 0 || text.includes(heading) ? "---" : "---:"));
  return [headings, rule, ...cellsOf(shape, rows)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const byCpu = (rows) => rows.toSorted((a, b) => a.cpu - b.cpu);

/** Rows under their groups, in the order in which these first come. */
export function groupBy(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    if (groups.has(key)) groups.get(key).push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

/** A table for each scenario, the contender that needs least CPU first. */
export const results = (rows) =>
  Array.from(
    groupBy(rows, ({ scenario }) => scenario),
    ([scenario, ofScenario]) =>
      table({ [scenario]: ({ contender }) => contender, ...figuresIn(ofScenario) }, byCpu(ofScenario)),
  ).join("\n\n");

/** Whether a contender is Composure, by itself or `composure-on-` something. */
export const isOurs = ({ contender }) => /^composure(-on-|$)/.test(contender);

/** The name of a contender for the docs. */
export const emphasized = (row) => (isOurs(row) ? `**${row.contender}**` : row.contender);

/** The contenders of one scenario for the docs. */
export const scenarioTable = (rows) => markdown({ contender: emphasized, ...figuresIn(rows) }, byCpu(rows));

function tableOfGroup(group, rows, make) {
  const figure = (found) => (found === undefined ? "–" : `${show(found.value)} ${found.unit}`);
  const places = [...new Set(rows.map(({ at = "" }) => at))];
  const columns = places.map((place) => [
    place,
    (name) => figure(rows.find((row) => row.name === name && (row.at ?? "") === place)),
  ]);
  const shape = { [group]: (name) => name, ...Object.fromEntries(columns) };
  return make(shape, [...new Set(rows.map(({ name }) => name))]);
}

/**
 * Figures `{ group, name, at, value, unit }` as one table for each group: a line for each name, and a column for
 * each place where it was measured (`at`, left out where there is one only).
 */
export const figureTables = (rows, make = table) =>
  Array.from(
    groupBy(rows, ({ group }) => group),
    ([group, ofGroup]) => tableOfGroup(group, ofGroup, make),
  ).join("\n\n");
