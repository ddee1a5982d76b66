/** Medians over rounds, and the table of them. */

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One row for each contender. The ratio is the median of the ratios within the rounds, since what disturbs a
 * round disturbs all its contenders.
 */
export function summarize(scenario, rounds) {
  return Object.keys(rounds[0]).map((contender) => {
    const of = (figure) => median(rounds.map((round) => round[contender][figure]));
    const ratio = median(rounds.map((round) => round[contender].cpu / round.bare.cpu));
    return { scenario, contender, cpu: of("cpu"), ratio, rate: of("rate"), p50: of("p50"), p99: of("p99") };
  });
}

const columns = {
  scenario: ({ scenario }) => scenario,
  contender: ({ contender }) => contender,
  "CPU µs/request": ({ cpu }) => cpu.toFixed(1),
  "to bare": ({ ratio }) => `${ratio.toFixed(2)}×`,
  "requests/s": ({ rate }) => String(Math.round(rate)),
  "p50 ms": ({ p50 }) => p50.toFixed(2),
  "p99 ms": ({ p99 }) => p99.toFixed(2),
};

/** Rows under a heading, as wide as need be: `table({ name: (row) => row.name }, rows)`. */
export function table(shape, rows) {
  const cells = [Object.keys(shape), ...rows.map((row) => Object.values(shape).map((show) => show(row)))];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const results = (rows) => table(columns, rows);
