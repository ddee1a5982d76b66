/** Charts as SVG: bars that compare contenders, and lines for how cost grows. */
import { isOurs, show, times } from "./report.js";
import { card, shape, write } from "./svg.js";

const colorOf = (contender) => {
  if (isOurs({ contender })) return "var(--ours)";
  return contender === "bare" ? "var(--bare)" : "var(--bar)";
};
const kindOf = (contender) => (isOurs({ contender }) ? "ours" : "");

const pitch = 30;
const top = 76;
const bars = { left: 214, length: 372 };
/** A value of more than so many times the least would leave nothing to see of the others: its bar is cut. */
const most = 12;

/** A bar's value, where the scale ends before it: torn at its end. */
const tear = (x, y) =>
  shape("path", {
    d: `M${x} ${y - 3} l8 8 l-8 8 l8 8`,
    fill: "none",
    stroke: "var(--paper)",
    "stroke-width": "4",
  });

function barOf({ contender, cpu }, y, scale, limit) {
  const length = Math.max(2, Math.min(cpu, limit) * scale);
  const whole = shape("rect", {
    x: bars.left,
    y,
    width: length,
    height: 20,
    rx: 3,
    fill: colorOf(contender),
  });
  return cpu > limit ? [whole, tear(bars.left + length - 26, y)] : [whole];
}

function labelsOf({ contender, cpu, ratio }, y, scale, limit) {
  const end = bars.left + Math.min(cpu, limit) * scale;
  const value = ratio === undefined ? show(cpu) : `${show(cpu)} · ${times(ratio)}`;
  return [
    write(contender, bars.left - 12, y + 14, `${kindOf(contender)} end`.trim()),
    write(value, end + 10, y + 14, `${kindOf(contender)} value`.trim()),
  ];
}

function markOf(bare, bottom, scale) {
  if (bare === undefined) return [];
  const x = bars.left + bare.cpu * scale;
  const dots = { stroke: "var(--bare)", "stroke-dasharray": "2 3" };
  return [shape("line", { x1: x, x2: x, y1: top - 6, y2: bottom, ...dots })];
}

/** The CPU time per request of each contender of a scenario, least first; a line marks bare node:http. */
export function barChart(rows, { title, foot }) {
  const sorted = rows.toSorted((a, b) => a.cpu - b.cpu);
  const limit = Math.min(sorted.at(-1).cpu, sorted[0].cpu * most);
  const scale = bars.length / limit;
  const height = top + sorted.length * pitch;
  const bare = sorted.find(({ contender }) => contender === "bare");
  const about = "CPU time per request in µs, and its ratio to bare node:http; less is better";
  const description = sorted.map(({ contender, cpu }) => `${contender} ${show(cpu)} µs`).join(", ");
  const each = (part) => sorted.flatMap((row, index) => part(row, top + index * pitch, scale, limit));
  return card({ title, about, description, foot }, height, [
    ...each(barOf),
    ...markOf(bare, height - 4, scale),
    ...each(labelsOf),
  ]);
}

const plot = { left: 66, right: 596, top: 84, bottom: 304 };

/** A round step, of which four at most reach up to the value. */
function stepTo(value) {
  const power = 10 ** Math.floor(Math.log10(value / 4));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step * 4 >= value);
}

/** Labels pushed down until none covers another. */
function apart(labels, gap = 16) {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  for (let index = 1; index < sorted.length; index++) {
    sorted[index].y = Math.max(sorted[index].y, sorted[index - 1].y + gap);
  }
  return sorted;
}

function gridOf(ticks, marks, yOf, xOf) {
  const across = ticks.flatMap((value) => [
    shape("line", { x1: plot.left, x2: plot.right, y1: yOf(value), y2: yOf(value), stroke: "var(--line)" }),
    write(String(value), plot.left - 10, yOf(value) + 4, "soft end value"),
  ]);
  return [
    ...across,
    ...marks.map((mark) => write(show(mark, 0), xOf(mark), plot.bottom + 22, "soft middle value")),
  ];
}

function lineOf({ contender, points }, xOf, yOf) {
  const color = colorOf(contender);
  const thickness = contender === "composure" ? 3 : 2;
  const places = points.map(({ at, cpu }) => [xOf(at).toFixed(1), yOf(cpu).toFixed(1)]);
  return [
    shape("polyline", {
      points: places.map((place) => place.join(",")).join(" "),
      fill: "none",
      stroke: color,
      "stroke-width": thickness,
      "stroke-linejoin": "round",
    }),
    ...places.map(([cx, cy]) => shape("circle", { cx, cy, r: thickness + 1, fill: color })),
  ];
}

/** The places of a chart whose bottom is 0 and whose left is the least number on a scale of powers of ten. */
function scalesOf(marks, greatest) {
  const [first, last] = [Math.log10(marks[0]), Math.log10(marks.at(-1))];
  const across = (plot.right - plot.left) / (last - first || 1);
  const up = (plot.bottom - plot.top) / greatest;
  return {
    xOf: (at) => plot.left + (Math.log10(at) - first) * across,
    yOf: (cpu) => plot.bottom - cpu * up,
  };
}

const pointsOf = ({ contender, points }) =>
  `${contender} ${points.map(({ at, cpu }) => `${show(cpu)} µs at ${show(at, 0)}`).join(", ")}`;

/** How cost grows: lines of `{ contender, points: [{ at, cpu }] }`, `at` on a scale of powers of ten. */
export function lineChart(lines, { title, foot }) {
  const marks = lines[0].points.map(({ at }) => at);
  const step = stepTo(Math.max(...lines.flatMap(({ points }) => points.map(({ cpu }) => cpu))));
  const ticks = [0, 1, 2, 3, 4].map((index) => index * step);
  const { xOf, yOf } = scalesOf(marks, ticks.at(-1));
  const labels = lines.map(({ contender, points }) => ({ contender, y: yOf(points.at(-1).cpu) + 4 }));
  // Ours is drawn last, over the others.
  const ordered = lines.toSorted((a, b) => kindOf(a.contender).length - kindOf(b.contender).length);
  const about = "CPU time per request in µs, by the number of routes; flat is better";
  return card({ title, about, description: lines.map(pointsOf).join("; "), foot }, plot.bottom + 34, [
    ...gridOf(ticks, marks, yOf, xOf),
    ...ordered.flatMap((line) => lineOf(line, xOf, yOf)),
    ...apart(labels).map(({ contender, y }) => write(contender, plot.right + 14, y, kindOf(contender))),
  ]);
}
